# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034
# What the scripts here share: places, and the table of variants.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tree=$(cd "$here/../.." && pwd)
work=$tree/build/linux
cache=${XDG_CACHE_HOME:-$HOME/.cache}/rvreloc

tarballs=(/usr/src/linux-source-6.1*.tar.*)
tarball=${tarballs[0]}

die() {
	echo "$(basename "$0"): $*" >&2
	exit 2
}

variants() {	# CHECK: the names with that in the column; empty: all
	awk -v want="$1" '!/^#/ && NF && (want == "" || $2 == want) { print $1 }' "$here/variants"
}

words() { [ "$1" = - ] || echo "${1//,/ }"; }	# COLUMN

# Sets the row's columns as variables, which the scripts read
variant_read() {	# NAME
	local row
	row=$(awk -v name="$1" '!/^#/ && $1 == name' "$here/variants")
	[ -n "$row" ] || die "no variant '$1' (there are: $(variants '' | xargs))"
	read -r _ _ bits tools relink boot refuse place config <<< "$row"
	relink=$(words "$relink")
	boot=$(words "$boot")
	refuse=$(words "$refuse")
	config=$(words "$config")
}
