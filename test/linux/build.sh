#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# build.sh VARIANT: builds a kernel of the table `variants` and links it by
# hand, from the same objects, at its own base and at the others of the row.
# Prints the folder of the results:
#   A.vmlinux             linked at the base the kernel chose
#   B1.vmlinux B2.vmlinux linked at the row's relink addresses
#   sorttable             the kernel's own program, which make runs after the link
#   config, link-command  what it was configured with, and the link command
# The folder is a cache entry, named by everything that went into it.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

[ $# -eq 1 ] || die "usage: build.sh VARIANT"
variant=$1
variant_read "$variant"

# Words for make, per column `tools`. lld rewrites no relaxable code without
# leaving wrong records behind, so none may come out of the compiler.
case $tools in
gcc)	make_tools=(CROSS_COMPILE=riscv64-linux-gnu-)
	programs=(riscv64-linux-gnu-gcc riscv64-linux-gnu-ld) ;;
llvm)	make_tools=(LLVM=1 KCFLAGS=-mno-relax KAFLAGS=-mno-relax RVRELOC_LDFLAGS=--no-relax)
	programs=(clang ld.lld) ;;
llvm-*)	make_tools=("LLVM=-${tools#llvm-}" KCFLAGS=-mno-relax KAFLAGS=-mno-relax RVRELOC_LDFLAGS=--no-relax)
	programs=("clang-${tools#llvm-}" "ld.lld-${tools#llvm-}") ;;
*)	die "no tools '$tools'" ;;
esac

case $bits in
64)	class=(64BIT ARCH_RV64I) ;;
32)	class=(-64BIT -ARCH_RV64I ARCH_RV32I NONPORTABLE) ;;
esac

fragment() {
	local option
	cat "$here/base.config"
	# shellcheck disable=SC2086 # $config is a list of words
	for option in "${class[@]}" $config; do
		case $option in
		-*) echo "# CONFIG_${option#-} is not set" ;;
		*)  echo "CONFIG_$option=y" ;;
		esac
	done
}

tarballs=(/usr/src/linux-source-6.1*.tar.*)
tarball=${tarballs[0]}
[ -f "$tarball" ] || die "no kernel source: apt-get install linux-source-6.1"
for program in "${programs[@]}" make bc bison flex patch xz flock; do
	command -v "$program" > /dev/null || die "$program is not installed"
done

hash() { sha256sum | cut -c1-16; }

source_key=$({ sha256sum < "$tarball"
	       cat "$tree"/linux/0001-*.patch "$here/build.sh"; } | hash)
key=$({ echo "$source_key" "$bits" "${make_tools[*]}" "$relink"; fragment
	for program in "${programs[@]}"; do "$program" --version; done; } | hash)
entry=$cache/linux-$variant-$key
source=$work/source
objects=$work/$variant
log=$work/$variant.log

found() {
	touch "$entry"		# its age is the time since its last use
	echo "$entry"
	exit
}
[ ! -d "$entry" ] || found

# Unpacked once for all variants, aside, so that what has the final name is whole
unpack() {
	rm -rf "$source" "$work/source-new"
	mkdir "$work/source-new"
	tar -xf "$tarball" -C "$work/source-new" --strip-components=1
	cat "$tree"/linux/0001-*.patch | patch -d "$work/source-new" -p1 -s
	# shellcheck disable=SC2016 # make expands it
	sed -i 's/^LDFLAGS_vmlinux :=$/& --emit-relocs $(RVRELOC_LDFLAGS)/' \
		"$work/source-new/arch/riscv/Makefile"
	grep -q '^LDFLAGS_vmlinux := --emit-relocs' "$work/source-new/arch/riscv/Makefile"
	echo "$source_key" > "$work/source-new/.source-key"
	mv "$work/source-new" "$source"
}

# Nothing of the caller's environment, such as an outer make's flags, gets in
kernel_make() {
	env -i PATH="$PATH" HOME="$HOME" LC_ALL=C make -C "$source" O="$objects" ARCH=riscv "${make_tools[@]}" \
		KBUILD_BUILD_TIMESTAMP=@0 KBUILD_BUILD_USER=rvreloc KBUILD_BUILD_HOST=rvreloc \
		-j"$(nproc)" "$@"
}

configure() {
	mkdir -p "$objects"
	fragment > "$objects/fragment"
	kernel_make tinyconfig
	(cd "$objects" && "$source/scripts/kconfig/merge_config.sh" -m .config fragment)
	kernel_make olddefconfig
	local option
	while read -r option; do	# one that Kconfig dropped is a mistake in the table
		grep -qxF "$option" "$objects/.config" || die "$variant: no $option"
	done < <(grep '^CONFIG_' "$objects/fragment")
}

# V=1 makes the kernel's scripts say the commands they run, the last link too
compile() {
	rm -f "$objects/vmlinux"
	kernel_make V=1 vmlinux
}

# The last link as the kernel's script ran it, at another base: `. = BASE;`
# before _start, and every AT(ADDR(...) - BASE), name it by the same expression.
link_at() {	# BASE OUT, in the folder of objects; BASE empty: the kernel's own
	local lds=arch/riscv/kernel/vmlinux.lds own
	own=$(grep -m1 -B1 '^ *_start = \.;' "$lds" | sed -n '1s/^ *\. = \(.*\);$/\1/p')
	[ -n "$own" ] || die "no base in $lds"
	OWN=$own BASE=${1:-$own} awk '{
		own = ENVIRON["OWN"]; base = ENVIRON["BASE"]
		for (line = ""; (at = index($0, own)) > 0; $0 = substr($0, at + length(own)))
			line = line substr($0, 1, at - 1) base
		print line $0
	}' "$lds" > moved.lds
	sh -c "$(sed -e "s|--script=[^ ]*|--script=moved.lds|" -e "s| -o vmlinux | -o $2 |" link-command)"
}

build() {
	[ "$(cat "$source/.source-key" 2> /dev/null)" = "$source_key" ] || unpack
	rm -rf "$objects"
	configure
	compile
	cd "$objects"
	sed -n 's/^+ \(.* -o vmlinux .*\)$/\1/p' "$log" | tail -n1 > link-command
	[ -s link-command ]
	rm -rf products
	mkdir products
	link_at '' products/A.vmlinux
	local base n=0
	for base in $relink; do
		link_at "$base" products/B$((++n)).vmlinux
	done
	cp scripts/sorttable products/sorttable
	cp .config products/config
	cp link-command products/link-command
	# The kernel's own link is the proof that the one by hand is the same
	cp products/A.vmlinux sorted
	scripts/sorttable sorted
	cmp vmlinux sorted
	# The cache may be another file system: copied aside, then renamed
	mkdir -p "$cache"
	cp -r products "$entry.$$"
	mv -T "$entry.$$" "$entry"
}

mkdir -p "$work"
exec 9> "$work/lock"
flock 9		# one build at a time: each uses the whole machine
[ ! -d "$entry" ] || found
echo "building linux $variant (log: $log)" >&2
set +e		# in a condition, build itself would run without -e
(set -e; build) < /dev/null > "$log" 2>&1
status=$?
set -e
if [ $status -ne 0 ]; then
	rm -rf "$entry.$$"
	tail -n 30 "$log" >&2
	die "$variant did not build; the whole log: $log"
fi
rm -rf "$objects"
find "$cache" -maxdepth 1 -name 'linux-*' -mtime +30 -exec rm -rf {} +
found
