#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# build.sh [VARIANT...]: makes build/testkernel/VARIANT.elf (default: all of the
# file `variants`) and prints the name of each.  BASE=ADDR links the same objects
# at another address, into build/testkernel/VARIANT-at-ADDR.elf.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
out=$top/build/testkernel

# These run before the MMU is on, where they were loaded.
early=(boot.S early.c place.c fdt.c console.c)
late=(main.c things.c things.S switch.c checks.c)

cflags=(-std=c11 -O2 -g -Wall -Wextra -ffreestanding -fno-builtin -fno-pic
	-fno-stack-protector -fno-asynchronous-unwind-tables -fno-common
	-mstrict-align
	"-ffile-prefix-map=$top=.")
early_flags=(-mcmodel=medany -fno-jump-tables)
cd "$top"

# Others may be building the same file: it appears whole or not at all.
made() { # TARGET COMMAND... (without its -o)
	local target=$1
	shift
	"$@" -o "$target.$$"
	mv -f "$target.$$" "$target"
}

newer_source() { # OBJECT
	local source
	[[ -e $1 ]] || return 0
	for source in "$here"/* "$top"/boot/*; do
		[[ $source -nt $1 ]] && return 0
	done
	return 1
}

# boot/ as boot/boot.mk has it; into $objects.
link_boot_in() { # FOLDER
	local object more=("$1/rvreloc-apply.o" "$1/rvreloc-slot.o")

	objects+=("${more[@]}")
	newer_source "${more[0]}" || return 0
	make -s --no-print-directory -f boot/boot.mk RVRELOC_CC="${compiler[*]}" \
		RVRELOC_CFLAGS="-g -Wall -Wextra -ffile-prefix-map=$top=. ${code[*]}" \
		RVRELOC_OBJ="$1/boot.$$" rvreloc-boot
	for object in "${more[@]}"; do
		mv -f "$1/boot.$$/${object##*/}" "$object"
	done
	rmdir "$1/boot.$$"
}

build() { # NAME COMPILER CODE LINKER BASE
	local name=$1 compiler code linker base=$5 elf=$out/$1.elf
	local source object objects=() more
	read -ra compiler <<<"$2"
	read -ra code <<<"$3"
	read -ra linker <<<"$4"

	mkdir -p "$out/$name"
	for source in "${early[@]}" "${late[@]}"; do
		object=$out/$name/${source/./_}.o
		objects+=("$object")
		newer_source "$object" || continue
		more=()
		[[ " ${early[*]} " != *" $source "* ]] || more=("${early_flags[@]}")
		made "$object" "${compiler[@]}" "${cflags[@]}" -I. "${code[@]}" "${more[@]}" -c "$here/$source"
	done
	link_boot_in "$out/$name"

	if [[ -n ${BASE:-} ]]; then
		base=$BASE
		elf=$out/$name-at-${base#0x}.elf
	fi
	made "$elf" "${linker[@]}" --emit-relocs --build-id=none --orphan-handling=place \
		-z max-page-size=4096 --defsym=BASE="$base" -T "$here/kernel.lds" "${objects[@]}"
	echo "$elf"
}

known=
while IFS='|' read -r name compiler code linker base _; do
	name=${name// /}
	[[ -n $name && $name != '#'* ]] || continue
	known+=" $name"
	[[ $# = 0 || " $* " = *" $name "* ]] || continue
	build "$name" "$compiler" "$code" "$linker" "${base// /}"
done <"$here/variants"

for name; do
	if [[ "$known " != *" $name "* ]]; then
		echo "build.sh: no variant '$name'; there are$known" >&2
		exit 2
	fi
done
