#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# All tests but the Linux builds. Every part ends with a line that counts its
# tests; the last line here adds them up.
set -euo pipefail
cd "$(dirname "$0")/.."

jobs=$(nproc)
log=$(mktemp -d)
trap 'rm -rf "$log"' EXIT
passed=0 failed=0

# Runs a part, of which report() tells.
run() { # NAME COMMAND...
	local name=$1
	shift
	SECONDS=0
	"$@" >"$log/$name" 2>&1 || true
	echo "$SECONDS" >"$log/$name.seconds"
	echo "$name" >>"$log/run"
}

# Shows what the parts said that have run since, and adds what their last lines say.
report() {
	local name line
	while read -r name; do
		echo "== $name"
		grep -v '^ok ' "$log/$name" || true
		line=$(tail -n 1 "$log/$name")
		echo "   ($(<"$log/$name.seconds") s)"
		if [[ $line =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
			passed=$((passed + BASH_REMATCH[1]))
			failed=$((failed + BASH_REMATCH[2]))
		elif [[ $line =~ Checks:\ ([0-9]+),\ Failures:\ ([0-9]+),\ Errors:\ ([0-9]+) ]]; then
			passed=$((passed + BASH_REMATCH[1] - BASH_REMATCH[2] - BASH_REMATCH[3]))
			failed=$((failed + BASH_REMATCH[2] + BASH_REMATCH[3]))
		else
			echo "FAIL $name: it did not count its tests"
			failed=$((failed + 1))
		fi
	done <"$log/run"
	rm "$log/run"
}

part() { # NAME COMMAND...
	run "$@"
	report
}

builds() {
	local n=0 bad=0
	try() {
		if "$@" >"$log/build" 2>&1; then
			n=$((n + 1))
		else
			bad=$((bad + 1))
			echo "FAIL $*"
			cat "$log/build"
		fi
	}
	try make -j"$jobs" all build/unit
	try make -j"$jobs" SANITIZE=1 all build/san/unit
	try make -j"$jobs" B=build/clang CC=clang all build/clang/unit
	try make -j"$jobs" B=build/mapped CFLAGS="-O2 -DIMAGE_SMALL=0" build/mapped/rvreloc
	# Without the optional libraries it builds and says so.
	try make -j"$jobs" B=build/plain OPCODES= LIBDW= all
	try sh -c 'build/plain/rvreloc --version | grep -c "not built in" | grep -qx 2'
	echo "$n passed, $bad failed"
}

# Check's summary goes before the failures; here it comes last, unless the
# program failed in another way, such as leaking memory.
unit() {
	local status=0
	"$@" >"$log/unit" 2>&1 || status=$?
	grep -v '^[0-9]*%: Checks' "$log/unit" | grep -v '^Running' || true
	[ "$status" != 0 ] && grep -q '^100%' "$log/unit" && return
	grep '^[0-9]*%: Checks' "$log/unit"
}

part "builds: gcc, clang, sanitizers" builds
part "unit tests" unit build/unit
# The other program maps also small files, as users' large ones are.
part "the proof: links compared with retargeted files" \
	env RVRELOC="$PWD/build/rvreloc $PWD/build/mapped/rvreloc" test/relink.sh
part "bad input" test/badinput.sh

# These have one process at work at a time: beside each other they take half as long.
tables() {
	run "boot tables applied, and files without records" test/table.sh
	run "help, man pages, completions, install" test/manners.sh
}
others() {
	run "command line" test/cli.sh
	run "a kernel that boots where it is put" test/kernel.sh
	run "a kernel that moves itself" test/selfmove.sh
	run "boot tables: the command" test/embed.sh
	run "inspect" test/inspect.sh
	run "check and diff" test/gate.sh
	run "verify" test/verify.sh
	run "window" test/window.sh
	run "retarget --match" test/match.sh
	run "what README.md shows" test/readme.sh
	# A process for each test takes ten times as long there.
	run "unit tests, sanitizers" unit env CK_FORK=no build/san/unit
}
tables &
lane=$!
others
wait "$lane"
report

part "boot relocators, counted" test/bench-boot.sh
part "generated images, and a build's jobserver" test/bench.sh

echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
