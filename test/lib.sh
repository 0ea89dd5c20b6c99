# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What the scripts of tests share; to be sourced. The script's argument is the
# glob of the names that it is to run.

only=${1:-*}
passed=0 failed=0

check() { # NAME COMMAND...: the command succeeds
	local name=$1
	shift
	# shellcheck disable=SC2053
	[[ $name == $only ]] || return 0
	if "$@" >log 2>&1; then
		echo "ok   $name"
		passed=$((passed + 1))
	else
		echo "FAIL $name: $*"
		sed 's/^/     /' log
		failed=$((failed + 1))
	fi
}

# The last line of a script, and its status.
finish() {
	echo "$passed passed, $failed failed"
	[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
}
