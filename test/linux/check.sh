#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# check.sh [VARIANT...]: the proof on Linux kernels. What `retarget` makes of a
# kernel must be the file that the linker makes of the same objects at the new
# base, and a kernel that was moved must boot there. Without arguments: the
# variants that the table has in a plain run; check.sh all: those and the others.
# check.sh measure: times `retarget` beside `cp` of the same kernel.
#
# Nothing in a file is excused but the build id, a hash of the file that was
# linked. The one exception is said where it is made: see same_file.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
. "$here/place.sh"
. "$here/gdb.sh"

rvreloc=${RVRELOC:-$tree/build/rvreloc}
[ -x "$rvreloc" ] || die "no program $rvreloc: build it first, or set RVRELOC"
for program in riscv64-linux-gnu-readelf riscv64-linux-gnu-nm riscv64-linux-gnu-objcopy; do
	command -v "$program" > /dev/null || die "$program is not installed"
done

mkdir -p "$work"
temp=$(mktemp -d "$work/check.XXXXXX")
trap 'rm -rf "$temp"' EXIT
passed=0 failed=0

ok()   { echo "ok $*"; passed=$((passed + 1)); }
fail() { echo "FAIL $*"; failed=$((failed + 1)); }

retarget() {	# BASE IN OUT; what it says goes to $temp/said
	rm -f "$3"
	"$rvreloc" retarget --to="$1" -o "$3" "$2" > "$temp/said" 2>&1
}

said() { sed 's/^/    /' "$temp/said"; }

# Zeroes the bytes of the build id where they stand. Both files of a comparison
# go through this, so an id at another place is still a difference.
mask_build_id() {	# FILE
	local id start size hex before
	id=$(riscv64-linux-gnu-readelf -nW "$1" | sed -n 's/.*Build ID: \([0-9a-f]*\)$/\1/p')
	[ ${#id} -eq 40 ] || return 1
	read -r start size < <(riscv64-linux-gnu-readelf -SW "$1" |
		sed -n 's/^.*\] \.note[^ ]* *NOTE *[0-9a-f]* \([0-9a-f]*\) \([0-9a-f]*\) .*/0x\1 0x\2/p')
	hex=$(od -An -v -tx1 -j $((start)) -N $((size)) "$1" | tr -d ' \n')
	before=${hex%%"$id"*}
	[ "$before" != "$hex" ] || return 1
	head -c 20 /dev/zero |
		dd of="$1" bs=1 seek=$((start + ${#before} / 2)) conv=notrunc status=none
}

section_of() {	# FILE OFFSET
	local name type start size found="no section"
	while read -r name type start size; do
		if [ "$type" != NOBITS ] && (($2 >= start && $2 < start + size)); then
			found=$name
		fi
	done < <(riscv64-linux-gnu-readelf -SW "$1" |
		sed -n 's/^ *\[ *[0-9]*\] \([^ ]\+\) \+\([A-Z]\+\) \+[0-9a-f]\+ \([0-9a-f]\+\) \([0-9a-f]\+\) .*/\1 \2 0x\3 0x\4/p')
	echo "$found"
}

differences() {	# OURS LINKED: says how many and where, and fails, if there are any
	local first
	cmp -s "$1" "$2" && return
	first=$(cmp -l "$1" "$2" 2> /dev/null | awk 'NR == 1 { print $1 - 1 }')
	echo "$(stat -c %s "$1") and $(stat -c %s "$2") bytes long," \
		"$(cmp -l "$1" "$2" 2> /dev/null | wc -l) bytes differ" \
		"${first:+from offset $first, in $(section_of "$2" "$first")}"
	return 1
}

# Whether they are equal; how, or where not, goes to $temp/how. Consumes both.
same_file() {	# OURS LINKED
	local file
	for file; do
		mask_build_id "$file" || { echo "no build id" > "$temp/how"; return 1; }
	done
	if differences "$1" "$2" > "$temp/how"; then
		echo "to the last byte but the build id" > "$temp/how"
		return 0
	fi
	riscv64-linux-gnu-readelf -SW "$2" | grep '\] \.debug_.* C ' > /dev/null || return 1
	# Another zlib may pack the same contents otherwise, and then everything
	# behind lies elsewhere in the file. What is unpacked must be equal.
	for file; do
		riscv64-linux-gnu-objcopy --decompress-debug-sections "$file" || return 1
	done
	differences "$1" "$2" > "$temp/how" || return 1
	echo "after decompressing .debug_*, whose packed bytes differ" > "$temp/how"
}

relinked() {	# NAME BASE IN LINKED
	local what="$1 retargeted to $2"
	if ! retarget "$2" "$3" "$temp/ours"; then
		fail "$what: refused"
		said
		return
	fi
	cp "$4" "$temp/linked"
	if same_file "$temp/ours" "$temp/linked"; then
		ok "$what is the linker's file, $(cat "$temp/how")"
	else
		mv "$temp/ours" "$temp/linked" "$work/"
		fail "$what is not the linker's file: $(cat "$temp/how") (both are kept in $work)"
		said
	fi
}

# The kernel that make leaves has been through sorttable after the link
sorted() {	# ENTRY LINKED: a copy's name
	local copy
	copy=$temp/sorted-$(basename "$2")
	cp "$2" "$copy"
	"$1/sorttable" "$copy" > /dev/null
	echo "$copy"
}

# Boots the moved kernel and holds every symbol it reports to where the original
# has it, plus the shift. _start is the lowest address of a kernel image.
booted() {	# NAME BASE IN
	local what="$1 moved to $2" address symbol own count=0
	local -A at=()
	if ! retarget "$2" "$3" "$temp/moved"; then
		fail "$what: refused"
		said
		return
	fi
	if ! "$here/boot.sh" "$temp/moved" > "$temp/booted"; then
		fail "$what does not boot"
		return
	fi
	while read -r own _ symbol; do
		at[$symbol]=0x$own
	done < <(riscv64-linux-gnu-nm "$3" | grep -wFf <(awk '{ print $2 } END { print "_start" }' "$temp/booted"))
	while read -r _ symbol address; do
		if [ $((address - at[$symbol])) -ne $(($2 - at[_start])) ]; then
			fail "$what: it runs with $symbol at $address"
			return
		fi
		[ "$symbol" != _text ] || own=$address
		count=$((count + 1))
	done < "$temp/booted"
	[ $count -gt 0 ] || { fail "$what: it reports no symbols"; return; }
	ok "$what boots, with _text at $own by its own account"
}

refused() {	# NAME BASE IN
	local what="$1 retargeted to $2" status=0
	retarget "$2" "$3" "$temp/ours" || status=$?
	if [ $status -eq 2 ] && [ ! -e "$temp/ours" ]; then
		ok "$what is refused, and no file is made"
	else
		fail "$what, out of its reach: exit status $status"
		said
	fi
}

check() {	# VARIANT
	local entry base n=0
	variant_read "$1"
	entry=$("$here/build.sh" "$1") || { fail "$1: does not build"; return; }
	sorted "$entry" "$entry/A.vmlinux" > "$temp/a"
	for base in $relink; do
		n=$((n + 1))
		relinked "$1" "$base" "$entry/A.vmlinux" "$entry/B$n.vmlinux"
		relinked "$1, as make leaves it," "$base" "$(cat "$temp/a")" "$(sorted "$entry" "$entry/B$n.vmlinux")"
	done
	for base in $boot; do
		booted "$1" "$base" "$(cat "$temp/a")"
	done
	for base in $refuse; do
		refused "$1" "$base" "$entry/A.vmlinux"
	done
	if [ "$place" != - ]; then
		check_place "$1" "$entry" "$place"
		check_gdb "$1" "$entry"
	fi
	rm -rf "${temp:?}"/*
}

measure() {
	local entry a base
	command -v hyperfine > /dev/null || die "hyperfine is not installed"
	variant_read dwarf
	entry=$("$here/build.sh" dwarf)
	a=$entry/A.vmlinux
	base=${relink%% *}
	hyperfine --warmup 1 --prepare "rm -f '$temp/out'" \
		--command-name cp "cp '$a' '$temp/out'" \
		--command-name retarget "'$rvreloc' retarget --to=$base -o '$temp/out' '$a'"
}

if [ "${1-}" = measure ]; then
	measure
	exit
fi
case ${1-} in
"")	mapfile -t chosen < <(variants yes) ;;
all)	mapfile -t chosen < <(variants yes; variants all); shift ;;
esac
for variant in "${@:-${chosen[@]}}"; do
	check "$variant"
done
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
