//! Defects in file locks.

use super::family;

family! { "LOCK";
    LOCK_ADVISORY "lock-advisory" breaks ["LOCK-01"] implies ["LOCK-02", "LOCK-04"]
        does "Gives the lock of a file to whoever asks, held or not.";
    LOCK_TOKEN_SHOWN "lock-token-shown" breaks ["LOCK-01"] implies []
        does "Shows the token of a lock to everybody who asks who holds it.";
    LOCK_TOCTOU "lock-toctou" breaks ["LOCK-02"] implies []
        does "Looks whether a file is locked, pauses, and takes the lock afterwards.";
    LOCK_NOT_CHECKED_ON_MOVE "lock-not-checked-on-move" breaks ["LOCK-03"] implies []
        does "Moves a locked file for anybody who may write.";
    RELEASE_ANY "release-any" breaks ["LOCK-04"] implies ["LOCK-07"]
        does "Ends and renews a lock for anybody who may write, whatever token is shown.";
    NO_FENCING "no-fencing" breaks ["LOCK-05"] implies []
        does "Lets a change pass that shows any lock the file ever had.";
    LOCK_ENDLESS "lock-endless" breaks ["LOCK-05"] implies ["LOCK-07"]
        does "Does not end a lock when its time is over.";
    ORPHAN_LOCK "orphan-lock" breaks ["LOCK-06"] implies []
        does "Never ends the lock of a credential that was revoked.";
    LOCK_ID_REUSED "lock-id-reused" breaks ["LOCK-07"] implies []
        does "Gives the same lock again to whoever takes it once more after its end.";
}
