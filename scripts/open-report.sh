#!/usr/bin/env bash
# open-report.sh REPORT.html [SHOT.png]: opens a report in headless Chromium, as
# a reader would, and fails if the page says anything on its console, asks the
# network for anything, or does not show a verdict.
set -euo pipefail

report=$(realpath "$1")
profile=$(mktemp -d)
trap 'rm -rf "$profile"' EXIT

# The network is taken away: a page that needs it would complain on the console.
flags=(--headless --no-sandbox --disable-gpu --no-first-run --disable-quic --disable-sync
	--disable-background-networking --disable-component-update
	--host-resolver-rules="MAP * ~NOTFOUND" --user-data-dir="$profile" --window-size=1280,2400
	--enable-logging=stderr --v=0)

if [ $# -gt 1 ]; then
	chromium "${flags[@]}" --hide-scrollbars --screenshot="$2" "file://$report" 2>"$profile/log" >/dev/null
	exit
fi
chromium "${flags[@]}" --dump-dom "file://$report" >"$profile/dom" 2>"$profile/log"
if grep -E 'CONSOLE' "$profile/log"; then
	echo "open-report: the page wrote to its console" >&2
	exit 1
fi
if grep -oE '(src|href)="https?://[^"]*"|url\((https?:)?//[^)]*\)' "$profile/dom"; then
	echo "open-report: the page refers to something on the network" >&2
	exit 1
fi
grep -qE 'OK|VIOLATED|UNKNOWN|VOID' "$profile/dom" || { echo "open-report: no verdict on the page" >&2; exit 1; }
echo "open-report: $(basename "$report") is fine"
