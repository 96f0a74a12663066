# shellcheck shell=bash
# Shared by the scripts beside it: say, die, and install Debian packages where allowed.

say() { printf '%s\n' "$*"; }

die() {
    printf '%s\n' "$@" >&2
    exit 1
}

# apt_install PACKAGE...: as root, or through sudo if it asks for no password. Otherwise
# fails and states the command. Services that a package brings are not started: ours
# listen on loopback only, Debian's do not.
apt_install() {
    local command="apt-get install -y --no-install-recommends $*" sudo=()
    command -v apt-get >/dev/null \
        || die "Missing: $*. This is not Debian or Ubuntu: install what matches these packages."
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null && sudo -n true 2>/dev/null \
            || die "Missing, and may not be installed from here: $*. Run:" "  sudo $command"
        sudo=(sudo -n)
    fi
    say "Installing from Debian: $*"
    (
        log=$(mktemp) policy=/usr/sbin/policy-rc.d
        trap 'rm -f "$log"' EXIT
        if [ ! -e "$policy" ]; then
            trap 'rm -f "$log"; "${sudo[@]}" rm -f "$policy"' EXIT
            printf '#!/bin/sh\nexit 101\n' | "${sudo[@]}" tee "$policy" >/dev/null
            "${sudo[@]}" chmod 755 "$policy"
        fi
        { "${sudo[@]}" apt-get update -q && "${sudo[@]}" env \
            DEBIAN_FRONTEND=noninteractive \
            apt-get install -qy --no-install-recommends "$@"; } </dev/null >"$log" 2>&1 \
            || { tail -n 20 "$log" >&2; exit 1; }
    ) || die "That failed. Run, and see why:" "  $command"
}

# need COMMAND:PACKAGE...: installs the packages of those commands that are missing.
need() {
    local pair packages=()
    for pair in "$@"; do
        PATH="$PATH:/usr/sbin:/sbin" command -v "${pair%%:*}" >/dev/null \
            || packages+=("${pair#*:}")
    done
    [ "${#packages[@]}" -eq 0 ] || apt_install "${packages[@]}"
}
