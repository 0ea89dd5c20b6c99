#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What it costs a kernel that it can move: the small one of test/linux, plain,
# as a PIE, and with a boot table, side by side. Builds what is not in the cache.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. test/linux/lib.sh

rv=${RVRELOC:-$tree/build/rvreloc}
temp=$(mktemp -d -t cost.XXXXXX)
trap 'rm -rf "$temp"' EXIT
to=0xffffffff9a000000		# as bench/boot/job.h has it

section() {	# VMLINUX SECTION: its size
	riscv64-linux-gnu-size -A "$1" | awk -v s="$2" '$1 == s { n = $2 } END { print n + 0 }'
}

flat() {	# VMLINUX OUT: the image as it is loaded
	riscv64-linux-gnu-objcopy -O binary -S "$1" "$2"
}

row() {		# NAME VMLINUX DATA PLACES INSTRUCTIONS
	flat "$2" "$temp/flat"
	printf '%-22s %10d %10d %10d %8s %13s\n' "$1" "$(section "$2" .text)" \
		"$(stat -c %s "$temp/flat")" "$3" "$4" "$5"
}

counted() {	# OUT: of the last column of count.sh's line
	bench/boot/count.sh --whole "$@" | cut -d'|' -f6
}

# The kernel as 6.5 and later build a relocatable one; its loop is RELA's.
build_pie() {
	local key entry objects=$work/pie source=$work/plain-source
	key=$({ sha256sum < "$tarball"; riscv64-linux-gnu-gcc --version
		cat "$here/base.config" bench/cost.sh; } | sha256sum | cut -c1-16)
	entry=$cache/linux-pie-$key
	if [ ! -d "$entry" ]; then
		echo "building linux pie (log: $work/pie.log)" >&2
		rm -rf "$source" "$objects"
		mkdir -p "$source" "$objects"
		tar -xf "$tarball" -C "$source" --strip-components=1
		sed -i 's/^LDFLAGS_vmlinux :=$/& -shared -Bsymbolic -z notext/' "$source/arch/riscv/Makefile"
		# 6.1's sorttable does not know PIEs, and wipes out their .rela.dyn.
		sed -i '/select BUILDTIME_TABLE_SORT/d' "$source/arch/riscv/Kconfig"
		{ cat "$here/base.config"; printf 'CONFIG_%s=y\n' 64BIT ARCH_RV64I; } > "$objects/fragment"
		{
			pie_make tinyconfig
			(cd "$objects" && "$source/scripts/kconfig/merge_config.sh" -m .config fragment)
			pie_make olddefconfig
			pie_make vmlinux
		} > "$work/pie.log" 2>&1 < /dev/null
		mkdir -p "$entry.$$"
		cp "$objects/vmlinux" "$entry.$$/vmlinux"
		riscv64-linux-gnu-readelf -rW "$objects/vmlinux.a" | grep -c R_RISCV_GOT_HI20 > "$entry.$$/got-loads"
		mv -T "$entry.$$" "$entry"
		rm -rf "$objects" "$source"
		find "$cache" -maxdepth 1 -name 'linux-pie-*' ! -path "$entry" -exec rm -rf {} +
	fi
	echo "$entry"
}

pie_make() {
	env -i PATH="$PATH" HOME="$HOME" LC_ALL=C make -C "$source" O="$objects" ARCH=riscv \
		CROSS_COMPILE=riscv64-linux-gnu- KCFLAGS=-fPIE -j"$(nproc)" "$@"
}

pie_row() {	# ENTRY
	local vmlinux=$1/vmlinux data rela places
	rela=$(section "$vmlinux" .rela.dyn)
	data=$((rela + $(section "$vmlinux" .got)))
	places=$((rela / 24))
	flat "$vmlinux" "$temp/image"
	riscv64-linux-gnu-objcopy -O binary -j .rela.dyn "$vmlinux" "$temp/rela"
	row "medany, PIE" "$vmlinux" "$data" "$places" \
		"$(counted "$temp/image" - "$temp/rela" RELA)"
}

table_row() {	# NAME ENTRY
	local vmlinux=$2/A.vmlinux places
	"$rv" table -q -o "$temp/table" "$vmlinux"
	places=$("$rv" inspect -q --json "$vmlinux" |
		sed -n 's/^ *"\(words\|other_fields\)": \([0-9]*\),*$/\2/p' | paste -sd+ | bc)
	"$rv" retarget -q --build-id=keep --to=$to -o "$temp/moved" "$vmlinux"
	flat "$vmlinux" "$temp/image"
	flat "$temp/moved" "$temp/expected"
	row "$1" "$vmlinux" "$(stat -c %s "$temp/table")" "$places" \
		"$(counted "$temp/image" "$temp/expected" "$temp/table" rvr)"
}

tiny=$(test/linux/build.sh tiny)
low=$(test/linux/build.sh low)
pie=$(build_pie)

printf '%-22s %10s %10s %10s %8s %13s\n' "" .text image "for it" places instructions
row "medany, plain" "$tiny/without.vmlinux" 0 - -
pie_row "$pie"
table_row "medany, boot table" "$tiny"
row "medlow, plain" "$low/without.vmlinux" 0 - -
table_row "medlow, boot table" "$low"
cat <<EOF

Bytes, and instructions that the move takes at boot. "for it": .rela.dyn and .got,
or the table (the section that is reserved for it is larger). The PIE has
$(cat "$pie/got-loads") loads from the GOT in its code; the others have none.
EOF
