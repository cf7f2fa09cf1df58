# Prints one JSON line per step of the shared scenario. To be sourced.

# report STEP STATE DETAIL
report() {
  local detail
  detail=$(printf '%s' "$3" | tr -s '[:space:]' ' ' | tr -d '\000-\037\\"' | cut -c1-600)
  printf '{"step": "%s", "state": "%s", "detail": "%s"}\n' "$1" "$2" "$detail"
}

# not_in_sdk REASON STEP...
not_in_sdk() {
  local reason=$1 step
  shift
  for step in "$@"; do report "$step" not-in-sdk "$reason"; done
}

# run_step STEP FUNCTION: the function fails with its first failing command; a line `note: ...` is its remark.
run_step() {
  local output code
  set +e
  output=$(set -e; "$2" 2>&1)
  code=$?
  set -e
  if [ "$code" -eq 0 ]; then
    report "$1" pass "$(printf '%s\n' "$output" | grep '^note: ' || true)"
  else
    report "$1" fail "${output:-exit code $code}"
  fi
}

# equal ACTUAL WANTED WHAT
equal() {
  [ "$1" = "$2" ] && return
  echo "$3 is '$1', wanted '$2'" >&2
  exit 1
}
