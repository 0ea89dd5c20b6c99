#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Bad input, and output that cannot be written. Whatever is wrong: exit status 2, a message that begins with the file's
# name, no output, nothing changed, nothing left behind; and the sanitizers have nothing to say.
#
#   test/badinput.sh            all of it
#   test/badinput.sh GLOB...    only the tests whose name matches, e.g. 'mutation/z_*' or '*/rv32'
#
#   good/IMAGE            the images are good, as long as nobody damages them
#   mutation/NAME/IMAGE   an image damaged in one way (test/mutate.def has them all)
#   input/NAME            files that are no images
#   truncate/IMAGE/N      an image cut off after N bytes, after N + 1, and so on to N + 99
#   output/NAME           what can happen to the output
#   fault/WAY/CALL        each call of a function of the C library fails, one after the other
#   valgrind/...          a few of these, with the program as it is built for use
#
# RVRELOC names that program, RVRELOC_SAN the one with sanitizers (made if it is not named).

# shellcheck disable=SC2015 # in A && B || C here, C runs when either fails
set -euo pipefail
shopt -s dotglob nullglob

tree=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
sources=$tree/testdata/badinput
RVRELOC=${RVRELOC:-$tree/build/rvreloc}
CROSS=${CROSS:-riscv64-linux-gnu-}
JOBS=${JOBS:-$(nproc)}
patterns=("$@")
[[ $# -gt 0 ]] || patterns=('*')
export LC_ALL=C
unset LD_PRELOAD FAULT FAULT_MARK PLAIN_FILES

# A damaged size must not become memory: half a gigabyte is more than any file here is worth.
export ASAN_OPTIONS=exitcode=66:max_allocation_size_mb=512:detect_leaks=1
export UBSAN_OPTIONS=halt_on_error=1:exitcode=66

move=--delta=0x400000

# --- programs and images ------------------------------------------------------------------------------------

make_programs()
{
	if [[ -z ${RVRELOC_SAN:-} ]]; then
		"${MAKE:-make}" -s -C "$tree" SANITIZE=1 all
		RVRELOC_SAN=$tree/build/san/rvreloc
	fi
	cc -std=c11 -O1 -g -D_GNU_SOURCE -Wall -Wextra -o "$work/mutate" "$tree/test/mutate.c"
	cc -std=c11 -O1 -g -Wall -Wextra -fPIC -shared -o "$work/fault.so" "$sources/fault.c"
}

make_images() # XLEN BASE ABI
{
	local x=$1 base=$2 abi=$3
	local -a cc=("${CROSS}gcc" -c -march="rv${x}imac" -mabi="$abi" -ffreestanding)
	local -a ld=("${CROSS}ld" -m "elf${x}lriscv" --emit-relocs -z max-page-size=0x1000 --no-warn-rwx-segments)
	local -a lld=("${LLD:-ld.lld}" -m "elf${x}lriscv" --emit-relocs)
	local -a script=(--build-id=sha1 --defsym BASE="$base" --defsym constant="$base-0x100000" -T "$sources/image.ld")

	"${cc[@]}" -gdwarf-4 -o "image$x.o" "$sources/image.S"
	"${ld[@]}" "${script[@]}" -o "rv$x" "image$x.o"
	"${ld[@]}" "${script[@]}" --compress-debug-sections=zlib -o "z$x" "image$x.o"
	./mutate --extended "rv$x" "many$x"
	"${cc[@]}" -mno-relax -fPIC -o "pie$x.o" "$sources/pie.S"
	"${lld[@]}" -pie --pack-dyn-relocs=relr --image-base=0x80000000 -o "pie$x" "pie$x.o"
	"${cc[@]}" -mno-relax -gdwarf-4 -ggnu-pubnames -fno-pic -O1 -o "index$x.o" "$sources/index.c"
	"${lld[@]}" --gdb-index --image-base=0x10000000 -o "gdb$x" "index$x.o"
	"${cc[@]}" -mno-relax -Wa,-mno-arch-attr -o "tiny$x.o" "$sources/tiny.S"
	"${ld[@]}" -N -Ttext=0x10000000 -o "tiny$x" "tiny$x.o"
	./mutate --headers-first "tiny$x" "front$x"
}

# --- running and judging ------------------------------------------------------------------------------------

# Every test runs in a folder of its own, with an empty folder d in it. It returns 1 with the reason in $why.

run() # COMMAND...: leaves $status, and what was said in out and err
{
	status=0
	timeout -k 1 20 "$@" >out 2>err || status=$?
}

# All that is said begins with the file's name; so no sanitizer speaks, nor a library.
each_line_names() # SHOWN [TEXT]
{
	local line found=

	while IFS= read -r line || [[ -n $line ]]; do
		# libbfd has its own last words, after an empty line, and cannot be told ours
		[[ -n $line && $line != "out of memory allocating "* &&
			$line != "rvreloc: out of memory" ]] || continue
		[[ $line == "$1:"* ]] || { why="a message without the file's name: $line"; return 1; }
		[[ $line != *"${2:-}"* ]] || found=1
	done <err
	[[ -z ${2:-} || -n $found ]] || { why="nothing says '$2': $(head -n 3 err)"; return 1; }
}

refused() # SHOWN TEXT: the last run was refused so
{
	[[ $status == 2 ]] || { why="exit status $status, not 2: $(head -n 5 err)"; return 1; }
	[[ ! -s out ]] || { why="refused, but wrote to standard output"; return 1; }
	each_line_names "$1" "$2"
}

done_well()
{
	[[ $status == 0 ]] || { why="exit status $status: $(head -n 5 err)"; return 1; }
}

only() # NAME...: the folder d holds these and nothing else
{
	local -a files=(d/*)
	local want="$*"

	files=("${files[@]#d/}")
	[[ ${files[*]} == "$want" ]] || { why="the folder holds '${files[*]}', not '$want'"; return 1; }
}

state() { stat -c '%i %f %u %g %s %y' "$1"; }

same() # FILE FILE
{
	cmp -s "$1" "$2" || { why="$1 and $2 differ"; return 1; }
}

# --- good ---------------------------------------------------------------------------------------------------

test_good() # IMAGE
{
	cp "$work/$1" d/in
	run "$RVRELOC_SAN" retarget "$move" -o d/out d/in
	done_well && only in out && same d/in "$work/$1" || return
	[[ ! -s err ]] || { why="says: $(head -n 3 err)"; return 1; }
	cp d/in kept
	read_by_all all || return
	! cmp -s d/in d/out || { why="nothing has moved"; return 1; }
	run "$RVRELOC_SAN" retarget --delta=-0x400000 d/out
	done_well && same d/in d/out
}

# --- mutations ----------------------------------------------------------------------------------------------

declare -A options_of text_of

list_mutations()
{
	local name images options text image

	while IFS='|' read -r name images options text _; do
		options_of[$name]=$options
		text_of[$name]=$text
		for image in $images; do
			tests+=("mutation/$name/$image mutation $name $image")
		done
	done < <("$work/mutate" --list)
}

test_mutation() # NAME IMAGE
{
	local before options

	read -ra options <<<"${options_of[$1]}"
	"$work/mutate" "$1" "$work/$2" d/in 2>err || { why=$(<err); return 1; }
	cp d/in kept
	before=$(state d/in)
	run "$RVRELOC_SAN" retarget "${options[@]}" -o d/out d/in
	refused d/in "${text_of[$1]}" && only in || return
	run "$RVRELOC_SAN" retarget "${options[@]}" d/in
	refused d/in "${text_of[$1]}" && only in || { why="in place: $why"; return 1; }
	[[ $(state d/in) == "$before" ]] || { why="the input was touched"; return 1; }
	same d/in kept || return
	read_by_all
}

# What only reads, or writes something else, may take it or leave it. Each image meets the first one and one of the
# others, and good ones all of them.
readers=("table -o d/table")
others=("inspect" "verify --scan" "inspect --list --json" "inspect --by=symbol" "inspect --by=source --json" "window"
	"inspect --html=d/table" "check --budget=../budget" "diff d/in" "inspect --at=.text+2 --to=0x90000000 --disassemble"
	"verify --against=d/in" "inspect --by=section --filter=effect=moves")

read_by_all() # [all]
{
	local reader
	local -a some=("${others[i % ${#others[@]}]}")

	[[ -z ${1:-} ]] || some=("${others[@]}")
	for reader in "${readers[@]}" "${some[@]}"; do
		# shellcheck disable=SC2086 # words
		run "$RVRELOC_SAN" $reader d/in
		[[ $status == [0-2] ]] || { why="$reader: exit status $status: $(head -n 5 err)"; return 1; }
		[[ $status == 0 || ! -e d/table ]] || { why="$reader: exit status $status, and yet a table"; return 1; }
		each_line_names d/in || { why="$reader: $why"; return 1; }
		same d/in kept || return
		rm -f d/table
	done
}

# --- no image at all ----------------------------------------------------------------------------------------

# NAME|what a message contains|how d/in is made
# shellcheck disable=SC2016 # it is evaluated later
inputs='
missing|No such file|true
empty|only 0 bytes long|: >d/in
one_byte|only 1 bytes long|printf x >d/in
magic_only|ELF header|printf "\177ELF\2\1\1\0\0\0\0\0\0\0\0\0" >d/in
zeros|not an ELF file|head -c 4096 /dev/zero >d/in
folder|not a regular file|mkdir d/in
device|not a regular file|ln -s /dev/zero d/in
fifo|not a regular file|mkfifo d/in
loop|cannot open|ln -s in d/in
text|not an ELF file|cp "$tree/COPYING" d/in
boot_image|the vmlinux that it was made from|printf "MZ\157\20%060d" 0 >d/in
gzip|gzip has compressed it|gzip -c <"$work/rv64" >d/in
script|not an ELF file|cp "$tree/test/badinput.sh" d/in
archive|an archive, of which|"${CROSS}ar" rcD d/in "$work/image64.o"
object|not a linked image (e_type 1)|cp "$work/image64.o" d/in
stripped|no relocation records|"${CROSS}strip" -o d/in "$work/rv64"
other_machine|not for RISC-V|cp "$work/mutate" d/in
'

test_input() # NAME
{
	local name text how
	local -a before

	while IFS='|' read -r name text how; do
		[[ $name != "$1" ]] || break
	done <<<"$inputs"
	eval "$how"
	before=(d/*)
	run "$RVRELOC_SAN" retarget "$move" -o d/out d/in
	refused d/in "$text" && only "${before[@]#d/}" || return
	run "$RVRELOC_SAN" retarget "$move" d/in
	refused d/in "$text" && only "${before[@]#d/}" || { why="in place: $why"; return 1; }
	run "$RVRELOC_SAN" inspect d/in
	[[ $status == 0 || $status == 2 ]] || { why="inspect: exit status $status: $(head -n 5 err)"; return 1; }
	[[ -f d/in ]] || return 0
	run "$RVRELOC_SAN" retarget "$move" -o d/out - <d/in
	refused "standard input" "" && only "${before[@]#d/}" || { why="standard input: $why"; return 1; }
}

test_truncate() # IMAGE FROM TO
{
	local n

	for ((n = $2; n <= $3; n++)); do
		head -c "$n" "$work/$1" >d/in
		run "$RVRELOC_SAN" retarget "$move" -o d/out d/in
		refused d/in : && only in || { why="cut after $n bytes: $why"; return 1; }
	done
}

# --- the output ---------------------------------------------------------------------------------------------

# Refused, with the text, and d/in (a copy of rv64) as it was, alone in d.
nothing_happened() # TEXT
{
	refused d/in "$1" && only in && same d/in "$work/rv64"
}

output_too_large()
{
	ulimit -f 4
	run "$RVRELOC_SAN" retarget "$move" -o d/out d/in
	nothing_happened "cannot write d/out: File too large" || return
	run "$RVRELOC_SAN" retarget "$move" d/in
	nothing_happened "File too large" || { why="in place: $why"; return 1; }
}

output_folder_missing()
{
	run "$RVRELOC_SAN" retarget "$move" -o d/none/out d/in
	nothing_happened "cannot write d/none/out: No such file or directory"
}

# Root may write where it may not, but not there.
output_folder_locked()
{
	local folder=locked

	mkdir locked
	chmod 555 locked
	((EUID)) || folder=/proc/self
	run "$RVRELOC_SAN" retarget "$move" -o $folder/out d/in
	nothing_happened "cannot write $folder/out: "
}

output_is_folder()
{
	mkdir folder
	run "$RVRELOC_SAN" retarget "$move" -o folder d/in
	nothing_happened "folder: Is a directory" || return
	rmdir folder || { why="the folder is not as it was"; return 1; }
}

output_under_file()
{
	run "$RVRELOC_SAN" retarget "$move" -o d/in/out d/in
	nothing_happened "cannot write d/in/out: Not a directory"
}

output_is_input()
{
	run "$RVRELOC_SAN" retarget "$move" -o d/../d/./in d/in
	done_well && only in && same d/in "$work/rv64.moved"
}

output_linked_to_input()
{
	ln -s d/in name
	run "$RVRELOC_SAN" retarget "$move" -o name d/in
	done_well && only in && same d/in "$work/rv64.moved" || return
	[[ -L name ]] || { why="the link was replaced"; return 1; }
}

output_through_link()
{
	echo old >d/real
	ln -s real d/out
	run "$RVRELOC_SAN" retarget "$move" -o d/out d/in
	done_well && only in out real && same d/real "$work/rv64.moved" || return
	[[ -L d/out ]] || { why="the link was replaced"; return 1; }
}

output_through_link_to_nothing()
{
	ln -s nothing name
	run "$RVRELOC_SAN" retarget "$move" -o name d/in
	nothing_happened "cannot write name: " || return
	[[ -L name && ! -e nothing ]] || { why="the link is not as it was"; return 1; }
}

output_in_place_through_link()
{
	mv d/in d/real
	ln -s real d/in
	run "$RVRELOC_SAN" retarget "$move" d/in
	done_well && only in real && same d/real "$work/rv64.moved" || return
	[[ -L d/in ]] || { why="the link was replaced"; return 1; }
}

# Of the file that is replaced; root can see to it that the owner is another.
owner_and_mode() { stat -c '%a %u %g' "$1"; }

output_keeps_owner_and_mode()
{
	local before name

	echo old >d/out
	for name in in out; do
		((EUID)) || chown 12345:23456 d/$name
		chmod 640 d/$name
		before=$(owner_and_mode d/$name)
		run "$RVRELOC_SAN" retarget "$move" -o d/$name "$work/rv64"
		done_well && same d/$name "$work/rv64.moved" || return
		[[ $(owner_and_mode d/$name) == "$before" ]] ||
			{ why="$name: was $before, is $(owner_and_mode d/$name)"; return 1; }
	done
}

output_mode_of_new_file()
{
	chmod 755 d/in
	umask 027
	run "$RVRELOC_SAN" retarget "$move" -o d/out d/in
	done_well || return
	[[ $(stat -c %a d/out) == 750 ]] || { why="mode $(stat -c %a d/out), not 750"; return 1; }
}

# Root could lose the devices below to a program that replaces what it should write to: a FIFO goes first.
spares_devices()
{
	mkfifo fifo
	timeout 20 cat fifo >got &
	run "$RVRELOC_SAN" retarget "$move" -o fifo d/in
	wait $!
	[[ -p fifo ]] || { why="the FIFO was replaced"; return 1; }
}

output_to_fifo()
{
	spares_devices && done_well && only in && same got "$work/rv64.moved"
}

output_null()
{
	spares_devices || return
	run "$RVRELOC_SAN" retarget "$move" -o /dev/null d/in
	done_well && only in || return
	[[ -c /dev/null ]] || { why="/dev/null was replaced"; return 1; }
}

output_full()
{
	spares_devices || return
	run "$RVRELOC_SAN" retarget "$move" -o /dev/full d/in
	nothing_happened "No space left on device"
}

output_pipe()
{
	run "$RVRELOC_SAN" retarget "$move" -o - d/in
	done_well && only in && same out "$work/rv64.moved" || return
	run "$RVRELOC_SAN" retarget "$move" - <d/in
	done_well && only in && same out "$work/rv64.moved" || return
	# shellcheck disable=SC2002 # a pipe cannot be mapped
	cat d/in | "$RVRELOC_SAN" retarget "$move" -o - - | cat >d/out
	same d/out "$work/rv64.moved"
}

# The reader has gone before anything comes. Whoever started the program may want SIGPIPE to be ignored.
output_pipe_broken()
{
	mkfifo pipe
	# shellcheck disable=SC2094 # nothing is read
	exec 5<>pipe 6>pipe 5<&-
	status=0
	{ "$RVRELOC_SAN" retarget "$move" -o - d/in >&6 2>err || status=$?; } 2>shell
	exec 6>&-
	: >out
	if [[ $status == 141 && ! -s err ]]; then
		only in && same d/in "$work/rv64"
	else
		nothing_happened "Broken pipe"
	fi
}

# What goes to standard output is lost: $shown is who says so.
stdout_fails() # TEXT
{
	local command shown=d/in

	for command in "retarget $move -o -" inspect "inspect --json"; do
		status=0
		# shellcheck disable=SC2086 # words
		"$RVRELOC_SAN" $command d/in 2>err || status=$?
		: >out
		refused "$shown" "$1" && only in && same d/in "$work/rv64" || { why="$command: $why"; return 1; }
		shown=rvreloc
	done
}

output_stdout_full() { stdout_fails "No space left on device" >/dev/full; }
output_stdout_closed() { stdout_fails "Bad file descriptor" >&-; }

# No descriptor of the program's own becomes standard output or error.
output_all_closed()
{
	status=0
	"$RVRELOC_SAN" retarget -v "$move" -o d/out d/in <&- >&- 2>&- || status=$?
	[[ $status == 0 ]] || { why="exit status $status"; return 1; }
	same d/out "$work/rv64.moved" || return
	"$work/mutate" content_jal "$work/rv64" d/in
	rm d/out
	"$RVRELOC_SAN" retarget -v "$move" -o d/out d/in <&- >&- 2>&- || status=$?
	[[ $status == 2 ]] || { why="damaged: exit status $status"; return 1; }
	only in
}

output_map_fails()
{
	local map text

	spares_devices || return
	mkdir folder
	for map in folder /dev/full folder/none/map; do
		text=${map%%/none*}
		run "$RVRELOC_SAN" retarget "$move" --system-map=$map -o d/out d/in
		nothing_happened "$text" || { why="--system-map=$map: $why"; return 1; }
		run "$RVRELOC_SAN" retarget "$move" --system-map=$map d/in
		nothing_happened "$text" || { why="--system-map=$map, in place: $why"; return 1; }
	done
}

# --- faults: the program as built for use, for the sanitizers have the same functions in hand ------------------

with_fault() # FAULT COMMAND...
{
	local -a env=(FAULT="$1" FAULT_MARK=mark LD_PRELOAD="$work/fault.so")
	shift
	rm -f mark
	status=0
	# The shell shall not remark on a signal.
	{ timeout -k 1 20 env "${env[@]}" "$@" <d/in >out 2>err || status=$?; } 2>/dev/null
}

# A signal comes at each call of the function, which must end the program: nothing is left, or all is done.
signals_at() # SIGNAL CALL...
{
	local signal=$1 call nth
	shift

	for call in "$@"; do
		for ((nth = 1; nth < 100; nth++)); do
			cp "$work/rv64" d/in
			with_fault "$call $nth -$signal" "$RVRELOC" retarget -j1 "$move" -o d/out d/in
			[[ -e mark ]] || break
			[[ $status == $((128 + signal)) ]] || { why="$call $nth: exit status $status"; return 1; }
			if [[ -e d/out ]]; then
				only in out && same d/out "$work/rv64.moved"
				rm d/out
			else
				only in
			fi || { why="$call $nth: $why"; return 1; }
		done
		((nth > 1)) || { why="$call is never called"; return 1; }
	done
}

output_terminated() { signals_at 15 open pwrite fallocate fchmod linkat rename; }
output_interrupted() { signals_at 2 pwrite rename; }
output_killed() { signals_at 9 pwrite fallocate fchmod; }

# On a file system without files that have no name, and without fallocate().
output_terminated_named()
{
	export PLAIN_FILES=1
	signals_at 15 pwrite ftruncate fchmod rename
}

output_terminated_map()
{
	local nth

	export PLAIN_FILES=1
	for nth in 1 2; do
		with_fault "fchmod $nth -15" "$RVRELOC" retarget "$move" --system-map=d/map -o d/out d/in
		[[ $status == 143 ]] || { why="exit status $status"; return 1; }
		local -a left=(d/.rvreloc*)
		((!${#left[@]})) || { why="fchmod $nth: left ${left[*]}"; return 1; }
		rm -f d/out d/map
	done
}

# Short reads and writes are no errors.
output_piecemeal()
{
	with_fault short "$RVRELOC" retarget "$move" -o d/out d/in
	done_well && same d/out "$work/rv64.moved" || return
	with_fault short "$RVRELOC" retarget "$move" -o - - <d/in
	done_well && same out "$work/rv64.moved"
}

# Ways of running the program: name|image|what it makes|arguments|functions that fail, and how.
declare -A errno=([EIO]=5 [EAGAIN]=11 [ENOMEM]=12 [EACCES]=13 [EXDEV]=18 [EMFILE]=24 [EFBIG]=27 [ENOSPC]=28)
move_to="retarget -j1 $move"
faults="
file|rv64|d/out|$move_to -o d/out d/in|malloc=ENOMEM open=EMFILE fstat=EIO mmap=ENOMEM fallocate=ENOSPC pwrite=ENOSPC \
	fchmod=EACCES linkat=EXDEV rename=EACCES
named|rv64|d/out|$move_to -o d/out d/in|malloc=ENOMEM mkostemp=EACCES ftruncate=EFBIG pwrite=ENOSPC rename=EACCES
place|rv64|d/in|$move_to d/in|malloc=ENOMEM realpath=EACCES pwrite=ENOSPC fchown=EACCES fchmod=EACCES linkat=ENOSPC \
	rename=EACCES
stream|rv64|out|$move_to -|malloc=ENOMEM memfd_create=EMFILE read=EIO write=ENOSPC lseek=EIO dup=EMFILE
threads|z64|d/out|retarget -j3 $move -o d/out d/in|pthread_create=EAGAIN
compressed|z64|d/out|$move_to -o d/out d/in|malloc=ENOMEM
dynamic|pie64|d/out|$move_to -o d/out d/in|malloc=ENOMEM
map|rv64|d/out|$move_to --system-map=d/map -o d/out d/in|malloc=ENOMEM fdopen=ENOMEM linkat=ENOSPC
table|rv64|d/out|table -j1 -o d/out d/in|malloc=ENOMEM open=EMFILE write=ENOSPC fchmod=EACCES linkat=EXDEV rename=EACCES
list|rv64||inspect -j1 d/in|malloc=ENOMEM
json|rv64||inspect -j1 --json d/in|malloc=ENOMEM
records|rv64||inspect -j1 --list --json d/in|malloc=ENOMEM
ranks|rv64||inspect -j1 --by=symbol --json d/in|malloc=ENOMEM
page|tiny64||inspect -j1 --html=- d/in|malloc=ENOMEM memfd_create=EMFILE fdopen=ENOMEM
"

list_faults()
{
	local way calls call

	while IFS='|' read -r way _ _ _ calls; do
		for call in $calls; do
			tests+=("fault/$way/${call%=*} fault $way ${call%=*} ${call#*=}")
		done
	done <<<"$faults"
}

# After a fault: refused and nothing done, or (where the program could do without) done and right.
judge_fault() # IMAGE MADE SHOWN WAY
{
	local want=$work/$1.moved

	[[ $4 != table ]] || want=$work/$1.table
	if [[ $status == 0 ]]; then
		if [[ -n $2 ]]; then same "$2" "$want"; else same out said; fi
		return
	fi
	[[ $status == 2 ]] || { why="exit status $status: $(head -n 3 err)"; return 1; }
	[[ -s err ]] || { why="exit status 2 without a word"; return 1; }
	each_line_names "$3" && only in && same d/in "$work/$1"
}

test_fault() # WAY CALL ERROR
{
	local way image made arguments nth shown=d/in

	while IFS='|' read -r way image made arguments _; do
		[[ $way != "$1" ]] || break
	done <<<"$faults"
	[[ $way != named ]] || export PLAIN_FILES=1
	[[ $way != stream ]] || shown="standard input"
	cp "$work/$image" d/in
	# shellcheck disable=SC2086 # words
	for ((nth = 1; nth < 5000; nth++)); do
		if ((nth == 1)); then
			with_fault none "$RVRELOC" $arguments
			cp out said
		fi
		if ((!status)); then
			rm -f d/out d/map
			cp "$work/$image" d/in
		fi
		with_fault "$2 $nth ${errno[$3]}" "$RVRELOC" $arguments
		[[ -e mark ]] || break
		judge_fault "$image" "$made" "$shown" "$way" || { why="call $nth: $why"; return 1; }
	done
	((nth > 1)) || { why="$2 is never called"; return 1; }
}

# --- valgrind -----------------------------------------------------------------------------------------------

test_valgrind() # STATUS IMAGE [MUTATION]
{
	if [[ -n ${3:-} ]]; then
		"$work/mutate" "$3" "$work/$2" d/in
	else
		cp "$work/$2" d/in
	fi
	status=0
	valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite \
		"$RVRELOC" retarget "$move" -o d/out d/in >out 2>err || status=$?
	[[ $status == "$1" ]] || { why="exit status $status: $(head -n 8 err)"; return 1; }
	each_line_names d/in
}

# --- all of it ----------------------------------------------------------------------------------------------

tests=()

list_tests() # one entry a test: its name, its function, arguments of it
{
	local x name size from

	for x in {rv,z,many,pie,gdb,tiny,front}{64,32}; do
		tests+=("good/$x good $x")
	done
	list_mutations
	while IFS='|' read -r name _; do
		[[ -z $name ]] || tests+=("input/$name input $name")
	done <<<"$inputs"
	for x in tiny32 front32; do
		size=$(stat -c %s "$work/$x")
		for ((from = 0; from < size; from += 100)); do
			tests+=("truncate/$x/$from truncate $x $from $((from + 99 < size ? from + 99 : size - 1))")
		done
	done
	for name in $(compgen -A function output_); do
		tests+=("output/${name#output_} output $name")
	done
	list_faults
	tests+=("valgrind/good/rv64 valgrind 0 rv64" "valgrind/good/z64 valgrind 0 z64"
		"valgrind/good/pie32 valgrind 0 pie32" "valgrind/good/gdb64 valgrind 0 gdb64")
	for x in content_jal/rv64 record_hi_symbol/rv32 debug_type_66/rv64 z_stream/z64 relr_outside/pie64 \
		shoff_outside/rv32; do
		tests+=("valgrind/$x valgrind 2 ${x#*/} ${x%/*}")
	done
}

test_output() # FUNCTION
{
	cp "$work/rv64" d/in
	"$1"
}

selected() # NAME
{
	local pattern

	for pattern in "${patterns[@]}"; do
		# shellcheck disable=SC2053 # it is a glob
		[[ $1 != $pattern ]] || return 0
	done
	return 1
}

one_test() # NAME FUNCTION ARGUMENT...
{
	local name=$1 why=

	rm -rf "$work/run.$worker"
	mkdir -p "$work/run.$worker/d"
	cd "$work/run.$worker"
	if "test_$2" "${@:3}"; then
		echo "ok $name"
	else
		echo "FAIL $name: ${why//$'\n'/$'\n     '}"
	fi
}

# Takes every JOBS-th test.
work_off() # WORKER
{
	local worker=$1 i
	local -a words

	for ((i = worker; i < ${#tests[@]}; i += JOBS)); do
		read -ra words <<<"${tests[i]}"
		selected "${words[0]}" || continue
		(one_test "${words[@]}") || echo "FAIL ${words[0]}: the test broke off"
	done
}

main()
{
	local worker name passed failed chosen=0

	mkdir -p "$tree/build"
	work=$(mktemp -d "$tree/build/badinput.XXXXXX")
	trap 'rm -rf "$work"' EXIT
	make_programs
	cd "$work"
	make_images 64 0xffffffff80200000 lp64
	make_images 32 0x80200000 ilp32
	for image in rv64 z64 pie64; do
		"$RVRELOC" retarget "$move" -o "$image.moved" "$image"
	done
	"$RVRELOC" table -o rv64.table rv64
	printf 'stale == 0\nR_RISCV_64 <= 3\ntable.bytes <= 1K\n' >budget
	list_tests
	for name in "${tests[@]%% *}"; do
		selected "$name" && chosen=$((chosen + 1))
	done
	for ((worker = 0; worker < JOBS; worker++)); do
		work_off "$worker" &
	done | tee results
	passed=$(grep -c '^ok ' results) || true
	failed=$(grep -c '^FAIL ' results) || true
	if ((passed + failed != chosen)); then
		echo "FAIL $((chosen - passed - failed)) of $chosen tests were lost"
		failed=$((chosen - passed))
	fi
	echo "$passed passed, $failed failed"
	((!failed && passed))
}

main
