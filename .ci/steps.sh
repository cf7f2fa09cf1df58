# Steps of `.ci/run`, one after the other or beside others: what they write, how they end, and that nothing stays
# behind. Reads `minutes_max`; fills `failed_steps` and `reports`; the caller sets `summary_printed` at its last line.

failed_steps=()
reports=()
# Of each step of tests: its report and its command without the files that it names, quoted for the shell.
declare -A report_of=() command_of=()
summary_printed=false
group=''
scratch=$(mktemp -d "${TMPDIR:-/tmp}/annals-ci.XXXXXX")
# Of each step beside others: its process group, its output, its exit status when it has ended, and its seconds.
beside="$scratch/beside"
mkdir "$beside"
sides=()

# end_group GROUP: ends what a step has left behind; `timeout` made the step a process group of its own.
end_group() {
  [ -n "$1" ] || return 0
  kill -TERM -- "-$1" 2>/dev/null || true
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    kill -0 -- "-$1" 2>/dev/null || break
    sleep 0.2
  done
  kill -KILL -- "-$1" 2>/dev/null || true
}

finish() {
  local status=$? side folder
  end_group "$group"
  for side in ${sides[@]+"${sides[@]}"}; do kill -TERM "$side" 2>/dev/null || true; done
  for folder in "$beside"/*; do
    if [ -e "$folder/group" ] && [ ! -e "$folder/status" ]; then end_group "$(cat "$folder/group")"; fi
  done
  rm -rf -- "$scratch"
  if [ "$summary_printed" = false ]; then
    echo "0 passed, $((${#failed_steps[@]} > 0 ? ${#failed_steps[@]} : 1)) failed"
    [ "$status" -ne 0 ] || status=1
  fi
  exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# failed NAME STATUS: says how a step failed, and remembers it.
failed() {
  [ "$2" -ne 124 ] || echo "== $1 ran out of time"
  echo "== FAILED: $1 (exit status $2)"
  failed_steps+=("$1")
  return 1
}

# step NAME COMMAND...: runs it within the time that is left; remembers the name when it fails.
step() {
  local name=$1 status=0 seconds_left=$((minutes_max * 60 - SECONDS)) started=$SECONDS
  shift
  echo "== $name"
  if [ "$seconds_left" -le 0 ]; then
    echo "== FAILED: $name was not started, ${minutes_max} minutes are used up"
    failed_steps+=("$name")
    return 1
  fi
  timeout --kill-after=20 "$seconds_left" "$@" &
  group=$!
  wait "$group" || status=$?
  end_group "$group"
  group=''
  [ "$status" -eq 0 ] || failed "$name" "$status" || return 1
  echo "== passed: $name ($((SECONDS - started)) s)"
}

# tests_of REPORT COMMAND... [:: FILE...]: sets `words` to the command, which reports to a file.
tests_of() {
  local report=$1 word
  shift
  words=()
  for word in "$@"; do [ "$word" = :: ] || words+=("$word"); done
  words+=(--reporter=default --reporter=json --outputFile.json="$report")
}

# test_step NAME REPORT COMMAND... [:: FILE...]: a step whose last words go to Vitest; its tests count.
test_step() {
  local name=$1 report="$scratch/$2.json" words
  shift 2
  note_tests "$name" "$report" "$@"
  tests_of "$report" "$@"
  step "$name" "${words[@]}" || true
}

# note_tests NAME REPORT_FILE COMMAND...: what the count reads, and what `repeat_unstable` may run again.
note_tests() {
  local name=$1 report=$2 word command=''
  shift 2
  reports+=("$report")
  report_of[$name]=$report
  for word in "$@"; do
    [ "$word" != :: ] || break
    command+="$(printf '%q' "$word") "
  done
  command_of[$name]=$command
}

# repeat_unstable: repeats a few failed files of tests twice, alone, when everything else has ended. What passes twice
# is printed as unstable, and fails nothing; it is still a fault, of the test or of the product. `unstable-tests.js` says
# which tests are never repeated.
repeat_unstable() {
  local name report files command words number remaining=() again
  for name in ${failed_steps[@]+"${failed_steps[@]}"}; do
    report=${report_of[$name]:-}
    if [ -n "$report" ]; then
      echo "== $name: repeating what failed"
      if files=$(node scripts/unstable-tests.js files "$report"); then
        again=()
        for number in 1 2; do
          again+=("${report%.json}.again$number.json")
          eval "command=(${command_of[$name]})"
          # shellcheck disable=SC2086 # One word a file; paths of tests have no spaces.
          tests_of "${again[-1]}" "${command[@]}" $files
          timeout --kill-after=20 900 "${words[@]}" || break
        done
        ! node scripts/unstable-tests.js settle "$report" "${again[@]}" || continue
      fi
    fi
    remaining+=("$name")
  done
  failed_steps=(${remaining[@]+"${remaining[@]}"})
}

# begin_beside FUNCTION: runs the steps of the function beside those that follow.
begin_beside() {
  "$1" &
  sides+=("$!")
}

# side_step KEY COMMAND...: `step` in such a function.
side_step() {
  local folder="$beside/$1" status=0 seconds_left=$((minutes_max * 60 - SECONDS)) started=$SECONDS own
  shift
  mkdir "$folder"
  timeout --kill-after=20 "$((seconds_left > 0 ? seconds_left : 1))" "$@" >"$folder/output" 2>&1 &
  own=$!
  echo "$own" >"$folder/group"
  wait "$own" || status=$?
  end_group "$own"
  echo "$((SECONDS - started))" >"$folder/seconds"
  echo "$status" >"$folder/ended"
  # Whole, once it can be seen.
  mv "$folder/ended" "$folder/status"
  return "$status"
}

# side_test_step REPORT COMMAND... [:: FILE...]: `test_step` in such a function. The report is the key.
side_test_step() {
  local key=$1 words
  shift
  tests_of "$scratch/$key.json" "$@"
  side_step "$key" "${words[@]}" || true
}

# await NAME KEY: waits until a step beside has ended, and tells what `step` would have told.
await() {
  local name=$1 folder="$beside/$2" side is_running status
  while [ ! -e "$folder/status" ]; do
    is_running=false
    for side in ${sides[@]+"${sides[@]}"}; do ! kill -0 "$side" 2>/dev/null || is_running=true; done
    [ "$is_running" = true ] || break
    sleep 0.5
  done
  echo "== $name (beside other steps)"
  [ ! -e "$folder/output" ] || cat "$folder/output"
  status=$(cat "$folder/status" 2>/dev/null || echo 1)
  [ "$status" -eq 0 ] || failed "$name" "$status" || return 1
  echo "== passed: $name ($(cat "$folder/seconds") s)"
}

# await_tests NAME REPORT COMMAND...: `await`, of a `side_test_step` with this command.
await_tests() {
  note_tests "$1" "$scratch/$2.json" "${@:3}"
  await "$1" "$2" || true
}
