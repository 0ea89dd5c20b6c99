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

# Runs a part, shows it, and adds what its last line says.
part() {
	local name=$1 line
	shift
	echo "== $name"
	SECONDS=0
	"$@" 2>&1 | tee "$log/out" | grep -v '^ok ' || true
	line=$(tail -n 1 "$log/out")
	echo "   ($SECONDS s)"
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
# A process for each test takes ten times as long there.
part "unit tests, sanitizers" unit env CK_FORK=no build/san/unit
part "command line" test/cli.sh
part "a kernel that boots where it is put" test/kernel.sh
part "a kernel that moves itself" test/selfmove.sh
part "the proof: links compared with retargeted files" test/relink.sh
part "boot tables: the command" test/embed.sh
part "boot tables applied, and files without records" test/table.sh
part "inspect" test/inspect.sh
part "check and diff" test/gate.sh
part "verify" test/verify.sh
part "window" test/window.sh
part "retarget --match" test/match.sh
part "help, man pages, completions, install" test/manners.sh
part "what README.md shows" test/readme.sh
part "bad input" test/badinput.sh
part "boot relocators, counted" test/bench-boot.sh
part "generated images, and a build's jobserver" test/bench.sh

echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
