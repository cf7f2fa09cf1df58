# What the steps of `.ci/run` need beside npm's packages: each function installs what is missing of it, and no more.

# within SECONDS COMMAND...: what downloads, three times at most: a connection may die without a word, and package
# managers wait for it for ever.
within() {
  local attempt status=0
  for attempt in 1 2 3; do
    status=0
    # In the foreground: it stays in the process group of its step, and ends with it.
    timeout --foreground --kill-after=20 "$1" "${@:2}" || status=$?
    if [ "$status" -eq 0 ]; then return 0; fi
    echo "attempt $attempt of ${*:2} ended with $status" >&2
  done
  return "$status"
}
export -f within

# Installs packages of the operating system where that needs no questions: as root, where there is apt-get.
install_packages() {
  echo "missing: $*"
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "Cannot install $*: that takes root and apt-get. Install them and run this again" >&2
    return 1
  fi
  within 300 apt-get update -q
  DEBIAN_FRONTEND=noninteractive within 900 apt-get install -y -q --no-install-recommends "$@"
}
export -f install_packages

# Shells whose completion is tested, at their own prompts; without them these tests are reported as skipped.
provide_shells() {
  local -a missing=()
  local shell
  for shell in zsh fish; do command -v "$shell" >/dev/null || missing+=("$shell"); done
  [ "${#missing[@]}" -gt 0 ] || return 0
  install_packages "${missing[@]}"
}
export -f provide_shells

# The server under the tests on PostgreSQL.
provide_postgres() {
  compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || install_packages postgresql
}
export -f provide_postgres

# The clients' languages.
provide_toolchains() {
  local -A package_of=(
    [curl]=curl [openssl]=openssl [python3]=python3 [go]=golang-go [javac]=default-jdk-headless [mvn]=maven [rclone]=rclone
    [haproxy]=haproxy
  )
  local -a packages=()
  local tool
  for tool in "${!package_of[@]}"; do
    command -v "$tool" >/dev/null || packages+=("${package_of[$tool]}")
  done
  # Debian keeps this part of Python in a package of its own.
  python3 -c 'import venv, ensurepip' 2>/dev/null || packages+=(python3-venv)
  [ "${#packages[@]}" -gt 0 ] || return 0
  install_packages "${packages[@]}"
}
export -f provide_toolchains

# A small Ceph cluster, and the library that reaches it.
provide_ceph() {
  local -A package_of=([ceph-mon]=ceph-mon [ceph-osd]=ceph-osd [ceph]=ceph-common [monmaptool]=ceph-common)
  local -A packages=()
  local tool
  for tool in "${!package_of[@]}"; do
    command -v "$tool" >/dev/null || packages[${package_of[$tool]}]=1
  done
  compgen -G '/usr/lib/*/librados.so.2' >/dev/null || packages[librados2]=1
  [ "${#packages[@]}" -gt 0 ] || return 0
  install_packages "${!packages[@]}"
}
export -f provide_ceph

# A real browser for the client's bundle.
provide_browser() {
  local name
  for name in chromium chromium-browser google-chrome; do
    if command -v "$name" >/dev/null; then return 0; fi
  done
  install_packages chromium
}
export -f provide_browser

# Programs that the recipes name. ffmpeg comes with npm.
provide_recipe_programs() {
  local -A package_of=(
    [jq]=jq [logrotate]=logrotate [rsyslogd]=rsyslog [logger]=bsdutils [nginx]=nginx-light [systemd-analyze]=systemd
    [python3]=python3 [promtool]=prometheus
  )
  local -a packages=()
  local tool
  for tool in "${!package_of[@]}"; do
    PATH="$PATH:/usr/sbin" command -v "$tool" >/dev/null || packages+=("${package_of[$tool]}")
  done
  [ -x /lib/systemd/systemd-journal-remote ] || packages+=(systemd-journal-remote)
  python3 -c 'import venv, ensurepip' 2>/dev/null || packages+=(python3-venv)
  if [ "${#packages[@]}" -gt 0 ]; then install_packages "${packages[@]}"; fi
  PATH="$PATH:/usr/sbin" command -v syslog-ng >/dev/null || unpack_syslog_ng
}
export -f provide_recipe_programs

# Debian installs either rsyslog or syslog-ng. Installs what syslog-ng needs, unpacks syslog-ng itself into a folder of
# its own, and puts a program in front of it that knows the folder.
unpack_syslog_ng() {
  local folder=/opt/syslog-ng modules package
  local -a libraries
  mapfile -t libraries < <(
    within 300 apt-get update -q >&2
    apt-cache depends syslog-ng-core syslog-ng-mod-http | sed -n 's/^ *|\?Depends: //p' | grep -v '^syslog-ng' | sort -u
  )
  install_packages "${libraries[@]}"
  rm -rf "$folder" && mkdir -p "$folder/packages"
  (cd "$folder/packages" && within 300 apt-get download -q syslog-ng-core syslog-ng-mod-http)
  for package in "$folder"/packages/*.deb; do dpkg --extract "$package" "$folder"; done
  modules=$(dirname "$folder"/usr/lib/syslog-ng/*/libhttp.so)
  printf '#!/bin/sh\nLD_LIBRARY_PATH=%s exec %s --module-path=%s "$@"\n' \
    "$folder/usr/lib/syslog-ng" "$folder/usr/sbin/syslog-ng" "$modules" >/usr/local/sbin/syslog-ng
  chmod +x /usr/local/sbin/syslog-ng
  syslog-ng --version
}
export -f unpack_syslog_ng
