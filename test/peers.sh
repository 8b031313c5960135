#!/usr/bin/env bash
# Installs the programs that the interop tests and `npm run prompts` call: Debian packages, the missing ones only,
# their services never started.
set -euo pipefail

# command:package
peers=(sipp:sip-tester baresip:baresip sipsak:sipsak sox:sox ffmpeg:ffmpeg espeak-ng:espeak-ng kamailio:kamailio)

# file:package, for what is no program
files=(/usr/include/bcg729/decoder.h:libbcg729-dev)
for language in en:en_US_f_Allison fr:fr_CA_f_June ru:ru_RU_f_IvrvoiceRU; do
  files+=("/usr/share/asterisk/sounds/${language##*:}/activated.wav:asterisk-core-sounds-${language%%:*}-wav")
done

missing=()
for file in "${files[@]}"; do
  [ -e "${file%%:*}" ] || missing+=("${file##*:}")
done
for peer in "${peers[@]}"; do
  command -v "${peer%%:*}" >/dev/null || missing+=("${peer##*:}")
done
if [ ${#missing[@]} -eq 0 ]; then
  exit 0
fi
if ! command -v apt-get >/dev/null; then
  echo "peers: ${missing[*]} are missing, and there is no apt-get here: install them by hand" >&2
  exit 1
fi
if [ "$(id -u)" -ne 0 ]; then
  echo "peers: ${missing[*]} are missing: run 'npm run peers' as root, or apt-get install them" >&2
  exit 1
fi

# A package's service would take the ports that the tests use: 101 tells dpkg's scripts to start nothing.
guard=/usr/sbin/policy-rc.d
log=$(mktemp)
made_guard=
cleanup() {
  [ -z "$made_guard" ] || rm -f "$guard"
  rm -f "$log"
}
trap cleanup EXIT
if [ ! -e "$guard" ]; then
  printf '#!/bin/sh\nexit 101\n' >"$guard"
  chmod 755 "$guard"
  made_guard=yes
fi

export DEBIAN_FRONTEND=noninteractive
run() {
  "$@" >"$log" 2>&1 && return
  echo "peers: '$*' failed:" >&2
  tail -20 "$log" >&2
  exit 1
}
run apt-get update -qq
run apt-get install -y -qq --no-install-recommends "${missing[@]}"
echo "peers: installed ${missing[*]}"
