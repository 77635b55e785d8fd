//! Which arrivals are whose, when several cores or machines make them.

/// Every `stride`-th arrival from `offset` on. Nothing is shared between shares, and together they are the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    offset: u64,
    stride: u64,
}

impl Share {
    /// All of them.
    pub const WHOLE: Self = Self { offset: 0, stride: 1 };

    /// Part `k` (counted from zero) of `n` of this share; `None` where there is no such part. Parts can be parted
    /// again: shards into cores.
    pub fn part(self, k: u64, n: u64) -> Option<Self> {
        let inside = k < n;
        let stride = self.stride.checked_mul(n)?;
        let offset = self.stride.checked_mul(k)?.checked_add(self.offset)?;
        inside.then_some(Self { offset, stride })
    }

    /// The first index that is its own.
    pub fn first(self) -> u64 {
        self.offset
    }

    /// From one index of its own to the next.
    pub fn stride(self) -> u64 {
        self.stride
    }
}
