# Installs and starts one server; sourced by run.sh. What differs between servers stands in NAME/about.sh:
#
#   title      what it is, with its version
#   packages   the folder whose lock file says what is installed (several servers may share one)
#   variants   how it is judged: `target` (scenarios/targets/NAME.yaml), `url` (an address and one token), `open` (an
#              address and nothing)
#   path       where its endpoint is (default: /mcp)
#   serve      starts the server in the foreground; $source is its folder, $home what was installed
#   before     (optional) prints NAME=VALUE lines for the environment, before the server starts
#   after      (optional) the same, when it answers

declare -a credentials=() settings=()
server_pid=

stop_server() {
  [[ -z $server_pid ]] && return
  kill "$server_pid" 2>/dev/null || true
  wait "$server_pid" 2>/dev/null || true
  server_pid=
}

# about NAME: reads what is special about it.
about() {
  name=$1 source=$here/$1 variants=(target url) packages=$1 path=/mcp
  before() { random_tokens; }
  after() { :; }
  # shellcheck source=/dev/null
  source "$source/about.sh"
  home=$targets/$packages
}

# What the server needs, once per state of its lock file.
install() {
  local from=$here/$packages lock
  mkdir -p "$targets"
  if [[ -f $from/Cargo.lock ]]; then
    cargo build --quiet --locked --manifest-path "$from/Cargo.toml" --target-dir "$home"
    return
  fi
  if [[ -f $from/requirements.txt ]]; then lock=$from/requirements.txt; else lock=$from/package-lock.json; fi
  cmp -s "$lock" "$home/.installed" && return
  rm -rf "$home"
  echo "installing $packages into $home" >&2
  if [[ $lock == *requirements.txt ]]; then
    "${PYTHON:-python3}" -m venv "$home"
    "$home/bin/pip" install --quiet --disable-pip-version-check --requirement "$lock"
  else
    mkdir -p "$home"
    cp "$from/package.json" "$from/package-lock.json" "$home/"
    (cd "$home" && npm ci --silent --no-audit --no-fund --ignore-scripts)
  fi
  cp "$lock" "$home/.installed"
}

# Below the ports that systems give to whoever asks for any: those may be taken before a slow server gets there.
free_port() {
  python3 - <<'EOF'
import random, socket
while True:
    with socket.socket() as s:
        try:
            s.bind(("127.0.0.1", random.randrange(20000, 32000)))
        except OSError:
            continue
        print(s.getsockname()[1])
        break
EOF
}
random_hex() { od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'; }
random_uuid() { cat /proc/sys/kernel/random/uuid 2>/dev/null || uuidgen; }

# The credentials of this run. They live in the environment of server and harness, nowhere else.
random_tokens() {
  local who
  for who in reader writer outsider expired; do
    printf '%s_TOKEN=%s-%s\n' "${who^^}" "$who" "$(random_hex 20)"
  done
}

# What only one team's data holds, the ids of its first note, and the callers' names: red-reader-… is of team red.
draw_canaries() {
  READER_NAME=red-reader-$(random_hex 8) WRITER_NAME=red-writer-$(random_hex 8) OUTSIDER_NAME=blue-writer-$(random_hex 8)
  export READER_NAME WRITER_NAME OUTSIDER_NAME
  RED_CANARY=canary-$(random_hex 12) BLUE_CANARY=canary-$(random_hex 12)
  RED_NOTE=$(random_uuid) BLUE_NOTE=$(random_uuid)
  export RED_CANARY BLUE_CANARY RED_NOTE BLUE_NOTE
}

# keep: takes NAME=VALUE lines into the environment; `\n` in a value is a line break. The end of a name tells a
# credential.
keep() {
  local key value
  while IFS='=' read -r key value; do
    [[ -n $key ]] || continue
    export "$key=${value//\\n/$'\n'}"
    case $key in *_TOKEN | *_SECRET | *_CODE) credentials+=("$key") ;; *) settings+=("$key") ;; esac
  done
}

# Sets MCP_URL and server_pid; returns when the server answers.
start() {
  local lines
  PORT=$(free_port)
  MCP_URL=http://127.0.0.1:$PORT$path
  export PORT MCP_URL
  draw_canaries
  mkdir -p "$out/$name"
  lines=$(before)
  keep <<<"$lines"
  serve >"$out/$name/server.log" 2>&1 &
  server_pid=$!
  for _ in $(seq 300); do
    # An answer, not only a connection: a port that nobody listens on can connect to itself.
    if curl --silent --noproxy "*" --output /dev/null --max-time 2 "http://127.0.0.1:$PORT/"; then
      lines=$(after)
      keep <<<"$lines"
      return
    fi
    kill -0 "$server_pid" 2>/dev/null || break
    sleep 0.1
  done
  echo "$name did not start; its log:" >&2
  tail -n 20 "$out/$name/server.log" >&2
  return 1
}

# python FILE and node_beside FILE [MODULE…] replace the shell, so that the process id is that of the server.
python() {
  FASTMCP_CHECK_FOR_UPDATES=off FASTMCP_HOME=$targets/fastmcp-home PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
    exec "$home/bin/python" "$@"
}

# Node resolves imports from where the file lies, so it has to lie beside node_modules.
node_beside() {
  cp "$1" "$home/$name.mjs"
  [[ $# -eq 1 ]] || cp "${@:2}" "$home/"
  exec node "$home/$name.mjs"
}
