#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# rvreloc check and diff. GATE.SH [GLOB]: only the tests whose names match.
# Last line: N passed, N failed.
set -euo pipefail
cd "$(dirname "$0")/.."
. test/lib.sh

rv=${RVRELOC:-$PWD/build/rvreloc}
doc=$PWD/doc
work=$PWD/build/gate
rm -rf "$work"
mkdir -p "$work"
readelf=riscv64-linux-gnu-readelf
python=/usr/bin/python3		# which has Debian's jsonschema
k64=$(testdata/kernel/build.sh medany)
k32=$(testdata/kernel/build.sh rv32)
klow=$(testdata/kernel/build.sh medlow)
cp "$k64" "$work/k64"
cp "$k32" "$work/k32"
cp "$klow" "$work/klow"
cd "$work"

# --- Two builds of an image: the second has more to move. ---
cat >one.c <<'C'
struct ops { void (*open)(void), (*shut)(void); const char *name; };
void one_open(void) { }
static void shut(void) { }
static struct ops ops = { one_open, shut, "one" };
struct ops *one = &ops;
int table_size = 3;
void (*table[])(void) = { one_open, shut, one_open,
#ifdef GROWN
	shut, shut,
#endif
};
int counter(void)
{
	static int *last = &table_size;
	return ++*last;
}
C
cat >two.c <<'C'
struct ops { void (*open)(void), (*shut)(void); const char *name; };
void one_open(void);
static void shut(void) { }
static struct ops ops = { one_open, shut, "two" };
struct ops *two = &ops;
#ifdef GROWN
static struct ops fresh_ops = { one_open, shut, "fresh" };
struct ops *fresh = &fresh_ops;
#else
int *gone = (int *)&two;
#endif
extern struct ops *one;
extern void (*table[])(void);
int counter(void);
int start(void) { one->open(); two->shut(); table[1](); return counter(); }
C
cc64() { riscv64-linux-gnu-gcc -O1 -g -ffreestanding -nostdlib -fno-section-anchors "$@"; }
link() { # OUT OPTION...
	local out=$1
	shift
	cc64 -static -fno-pic -Wl,--emit-relocs,--build-id=none,-e,start,-Ttext-segment=0xffffffff80000000 "$@" one.c two.c -o "$out"
}
link old -mcmodel=medany
link new -mcmodel=medany -DGROWN
link low -mcmodel=medlow -Wl,--no-relax
cp old stale
text=$($readelf -SW old | sed -n 's/.* \.text *PROGBITS *[0-9a-f]* \([0-9a-f]*\) .*/\1/p')
dd if=/dev/zero of=stale bs=1 seek=$((0x$text)) count=16 conv=notrunc status=none

# --- Images for a dynamic loader. ---
cat >dyn.c <<'C'
extern int absent(void) __attribute__((weak));
int shown = 1;
int *mine = &shown;
int (*maybe)(void) = absent;
int start(void) { return maybe ? maybe() : *mine; }
C
cc64 -fpie -pie -Wl,--emit-relocs,--no-dynamic-linker,-e,start,-Ttext-segment=0x80000000 dyn.c -o pie
cc64 -fpic -shared -Wl,--emit-relocs,-e,start,-Ttext-segment=0x80000000 dyn.c -o shared
echo 'int x; int start(void) { int *p; __asm__("lla %0, x\n.pushsection .text\n.balign 8\n.dword x\n.popsection" : "=r"(p)); return *p; }' >textrel.c
cc64 -fpie -pie -Wl,--emit-relocs,--no-dynamic-linker,-z,notext,-e,start,-Ttext-segment=0x80000000 textrel.c -o textrel 2>/dev/null

exits() { # STATUS ARGUMENT...
	local want=$1 status=0
	shift
	"$rv" "$@" >out 2>err || status=$?
	cat out err
	[ "$status" = "$want" ]
}
holds() { printf '%s\n' "$2" >b && exits 0 check --budget=b "$1"; } # FILE LINES
breaks() { printf '%s\n' "$2" >b && exits 1 check --budget=b "$1"; }
says() { # TEXT COMMAND...
	local text=$1
	shift
	"$@" && grep -qF -- "$text" out err
}
wrong() { # TEXT LINES: no budget, and it says where and why
	printf '%s\n' "$2" >b && exits 2 check --budget=b old && grep -qF -- "$1" err && [ ! -s out ]
}
count() { # FILE TYPE [SECTION-REGEX]: readelf's records of loaded sections
	$readelf -rW "$1" | awk -v type="${2:+R_RISCV_${2#R_RISCV_}}" -v sec="${3:-.*}" '
		/^Relocation section/ { gsub(/.*\047\.rela|\047.*/, "")
					on = $0 !~ /debug/ && $0 ~ "^(" sec ")$" }
		on && $3 ~ "^R_RISCV_" && (type == "" || $3 == type) { n++ }
		END { print n + 0 }'
}
py() { $python -c "$@"; }
json() { # SCHEMA|- EXPRESSION... over j, the output
	py '
import json, sys
j = json.load(open("out"))
if sys.argv[1] != "-":
	import jsonschema
	jsonschema.validate(j, json.load(open(sys.argv[1] + ".schema.json")))
for e in sys.argv[2:]:
	assert eval(e), e' "$([ "$1" = - ] || echo "$doc/")$@"
}

# --- What is counted, against readelf and the other commands. ---
counted() { # FILE TYPE [SECTION]
	local n
	n=$(count "$@")
	[ "$n" -gt 0 ] && holds "$1" "${3:+$3: }$2 == $n" && breaks "$1" "${3:+$3: }$2 == $((n + 1))"
}
all_records() {
	local n
	n=$(count "$1" "")
	[ "$n" -gt 0 ] && holds "$1" "records == $n" && breaks "$1" "records < $n"
}
of_inspect() { # NAME KEY FILE
	local n
	n=$("$rv" inspect --json "$3" | grep "\"$2\"" | head -n 1 | tr -dc 0-9)
	[ -n "$n" ] && holds "$3" "$1 == $n" && breaks "$3" "$1 > $n"
}
of_retarget() { # the bytes that change when the image moves by 256 MiB
	local n
	"$rv" retarget --delta=0x10000000 -o moved "$1"
	riscv64-linux-gnu-objcopy -O binary -S "$1" a.bin
	riscv64-linux-gnu-objcopy -O binary -S moved b.bin
	n=$(cmp -l a.bin b.bin | wc -l)
	[ "$n" -gt 0 ] && holds "$1" "moves == $n"
}
of_table() {
	"$rv" table -o t k64
	holds k64 "table.bytes == $(stat -c %s t)" && "$rv" table --format=rela -o t k64 &&
		holds k64 "table.rela == $(stat -c %s t)" && "$rv" table --format=relr -o t old &&
		holds old "table.relr == $(stat -c %s t)"
}
dynamic_records() {
	local n
	n=$($readelf -rW pie | awk '/^Relocation section/ { on = /rela.dyn/ } on && $3 ~ /^R_RISCV_/ { n++ } END { print n }')
	holds pie "dynamic.records == $n"
}
check count-64			counted k64 R_RISCV_64
check count-short-name		counted k64 JAL
check count-32			counted k32 R_RISCV_32
check count-hi20		counted klow HI20
check count-of-section		counted k64 PCREL_HI20 .text
check count-nothing		holds k64 "HI20 == 0"
check records			all_records k64
check records-32		all_records k32
check words			of_inspect words words k64
check words-32			of_inspect words words k32
check words-pie			of_inspect words words pie
check moves			of_retarget old
check table			of_table
check dynamic-records		dynamic_records
check text-moves		breaks klow "text.moves == 0"
check text-moves-none		holds k64 "text.moves == 0"
check got-words			holds k64 "got.words == $("$rv" inspect --json k64 >/dev/null; $readelf -SW k64 | grep -c ' \.got ')"
check hi20-moves		breaks klow "HI20.moves == 0"
check section-glob		breaks klow ".te*: moves == 0"
check section-glob-nothing	holds old ".nothing*: moves == 0"

# --- Operators and numbers. ---
n=$(count old R_RISCV_64)
check below			holds old "64 < $((n + 1))"
check below-broken		breaks old "64 < $n"
check most			holds old "64<=$n"
check most-broken		says "1 too many" breaks old "64 <= $((n - 1))"
check exact-broken		says "1 too few" breaks old "64 == $((n + 1))"
check least			holds old "64 >= $n"
check least-broken		says "2 too few" breaks old "64 >= $((n + 2))"
check above			holds old "64 > $((n - 1))"
check above-broken		says "1 too few" breaks old "64 > $n"
check units			holds old "64 < 1K"
check comments			holds old "# none
  64 <= 1000	# all
"

# --- Budgets that are none. ---
check unknown-name		wrong "b:2: unknown name 'wrods': is it 'words'?" "
wrods <= 3"
check unknown-type		wrong "is it 'HI20'?" "HI2O == 0"
check unknown-full-type		wrong "is it 'R_RISCV_HI20'?" "R_RISCV_HI2O == 0"
check unknown-section		wrong "b:1: there is no section .txet: is it .text?" ".txet: moves == 0"
check no-operator		wrong "b:1: words: an operator is wanted" "words 3"
check odd-operator		wrong "b:1: words: an operator is wanted" "words => 3"
check no-number			wrong "b:1: words: '' is not a number" "words <="
check odd-number		wrong "'3x' is not a number" "words <= 3x"
check behind-number		wrong "nothing belongs behind the number" "words <= 3 4"
check below-zero		wrong "nothing is less than 0" "words < 0"
check global-name		wrong "not of a section" ".text: stale == 0"
check odd-allow			wrong "allow what?" "allow sybmol x"
check odd-slack			wrong "a percentage is wanted" "slack 5"
check two-errors		wrong "b:2: unknown" "x
y"
check no-budget-file		says "--update makes a budget" exits 2 check --budget=nothing old
check no-baseline-file		wrong "cannot read the baseline nothing" "baseline nothing"
odd_baseline() {
	echo 'one two 3' >base
	wrong "base:1: it is not SECTION" "baseline base"
}
check odd-baseline		odd_baseline
check two-images		says "one IMAGE" exits 2 check old new
check update-without-budget	says "goes with --budget" exits 2 check --update old
check no-image			exits 2 check nothing-here

# --- Rules that need no budget. ---
check plain			exits 0 check old
check stale			says "FAIL  stale == 0" exits 1 check stale
check stale-names-place		says "stale:.text+0x" exits 1 check stale
stale_counted() {
	local n
	exits 1 check --format=json --max-errors=1000 stale
	n=$(grep -c '(stale)' err)
	[ "$n" -gt 0 ] && json - "[l['value'] for l in j['limits'] if l['name'] == 'stale'] == [$n]" &&
		holds stale "stale <= $n"
}
check stale-counted		stale_counted
check stale-implied		says "FAIL  stale == 0" breaks stale "words >= 0"
check pie			exits 0 check pie
check dynamic-bad		says "FAIL  dynamic.bad == 0" exits 1 check shared
check dynamic-bad-who		says "R_RISCV_64 against shown, in mine in .data (dyn.c:3)" exits 1 check shared
check dynamic-allowed		holds shared "allow dynamic R_RISCV_64 JUMP_SLOT"
dynamic_count() { # those that objdump shows and Linux's script would
	local n
	n=$(riscv64-linux-gnu-objdump -R shared | grep -v 'RELATIVE\|absent' | grep -c R_RISCV_)
	[ "$n" -gt 0 ] && holds shared "dynamic.bad == $n"
}
check dynamic-count		dynamic_count
check text-relocation		says "text.moves == 0" breaks textrel "text.moves == 0"
check text-relocation-who	says "1  start in .text" breaks textrel "text.moves == 0"
check no-records		exits 2 check one.c

# --- Update: a budget is made, holds, and is kept in shape. ---
made() { # FILE
	rm -f m m.baseline
	exits 0 check --budget=m --update "$1" && exits 0 check --budget=m "$1" &&
		grep -q '^slack 5%$' m && grep -q '^stale == 0' m && grep -q '^# ' m
}
check update-makes		made k64
check update-makes-32		made k32
check update-makes-medlow	made klow
check update-makes-pie		made pie
rules_stay() { # what is not allowed to begin with is not written down as allowed
	rm -f m m.baseline
	exits 1 check --budget=m --update stale && grep -q '^stale == 0' m
}
check update-keeps-rules	rules_stay
layout() {
	local n
	n=$(count new R_RISCV_64)
	printf '%s\n' "# head" "" "  R_RISCV_64   <= 3   # why" "64 == 1" "records <= 1K" "64>=0x1" \
		"HI20 == 0" "slack 10%" "allow symbol none" >m
	exits 0 check --budget=m --update new
	r=$(count new "")
	printf '%s\n' "# head" "" "  R_RISCV_64   <= $((n + (n * 10 + 99) / 100))   # why" "64 == $n" \
		"records <= $(((r + (r * 10 + 99) / 100 + 1023) / 1024))K" \
		"64>=$(printf 0x%x $((n - (n * 10 + 99) / 100)))" \
		"HI20 == 0" "slack 10%" "allow symbol none" | diff - m
}
check update-keeps-layout	layout
slack() {
	echo "64 <= 3" >m
	exits 0 check --budget=m --update --slack=50% old && grep -qx "64 <= $((n + (n + 1) / 2))" m
}
check update-slack		slack
update_mode() {
	echo "64 <= 3" >m && chmod 640 m && exits 0 check --budget=m --update old &&
		[ "$(stat -c %a m)" = 640 ] && ! ls .rvreloc-* 2>/dev/null
}
check update-in-place		update_mode
update_fails() { # a directory where the baseline belongs: neither file changes
	mkdir -p dir && printf '%s\n' "64 <= 3" "baseline dir" >m && cp m keep
	exits 2 check --budget=m --update old && cmp m keep
}
check update-both-or-none	update_fails
update_twice() {
	made new && cp m m1 && cp m.baseline b1 && exits 0 check --budget=m --update new && cmp m m1 && cmp m.baseline b1
}
check update-twice		update_twice
other_folder() {
	mkdir -p sub && rm -f sub/* && exits 0 check --budget=sub/m --update old &&
		[ -e sub/m.baseline ] && exits 0 check --budget=sub/m old
}
check baseline-beside		other_folder

# --- Who is new. ---
based() { rm -f m m.baseline; "$rv" check -q --budget=m --update --slack=0% old; }
fails() { based; says "$1" exits 1 check --budget=m new; }
line() { grep -n -- "$1" "$2" | head -n 1 | cut -d: -f1; }
check new-symbol		fails "3  fresh_ops in .data, new (two.c:$(line fresh_ops two.c))"
check new-grown			fails "2  table in .data, was 3 (one.c:$(line 'table\[\]' one.c))"
check new-summary		fails "(symbols that are new: 2, that grew: 1)"
baseline_sums() { # the listing adds up to what moves, and is sorted
	based
	holds old "moves == $(awk -F'\t' 'NF == 3 { n += $3 } END { print n }' m.baseline)" &&
		grep -v '^#' m.baseline | LC_ALL=C sort -c && grep -qx "$(printf '.data\tops\t6')" m.baseline
}
check baseline			baseline_sums
check new-limit			says "new.moves == 0 " breaks new "new.moves == 0
baseline m.baseline"
check new-counted		holds new "new.moves == 6
new.symbols == 3
baseline m.baseline"
check new-section		holds new ".sdata: new.moves == 1
baseline m.baseline"
check new-allowed		holds new "new.symbols == 1
allow symbol fresh*
baseline m.baseline"
check new-without-baseline	says "names no baseline" breaks new "new.moves == 0"
check nothing-new		holds old "new.moves == 0
baseline m.baseline"
check allowed			holds low ".text: moves == 0
allow symbol start counter"
check allowed-glob		holds low ".text: moves == 0
allow symbol s* c*"
check allowed-elsewhere		breaks low ".text: moves == 0
.data: allow symbol start counter"
check allowed-section		holds low ".text: moves == 0
.text: allow symbol start counter"
check allowed-some		says "1  counter in .text" breaks low ".text: moves == 0
allow symbol start"
check largest-first		says "counter in .text (one.c:" breaks low "text.moves == 0"
twins() { # symbols that differ in a number are one
	echo 'int x; int *f(void) { static int *volatile p = &x; return p; }' >t1.c
	(cat t1.c; echo 'int *g(void) { static int *volatile p = &x; return p; }') >t2.c
	for t in t1 t2; do cc64 -static -fno-pic -mcmodel=medany -Wl,--emit-relocs,-e,f,-Ttext-segment=0xffffffff80000000 $t.c -o $t; done
	printf 'baseline m.baseline\n' >m
	"$rv" check -q --budget=m --update t1 && says " and 1 like it in .sdata, was 1 (t2.c:" exits 0 check --budget=m t2
}
check numbered-twins		twins

# --- Reports, read by other parsers. ---
export CHECK='words <= 1
baseline m.baseline
.data: moves < 1
# "<&>" is not XML
.d[a]ta: moves <= 1'
broken() { based; printf '%s\n' "$CHECK" >'b<&,:%>'; exits 1 check --budget='b<&,:%>' --format="$1" new; }
json_report() {
	broken json && json check "j['broken'] == 3 and not j['holds'] and len(j['limits']) == 7" \
		"{c['symbol']: c['count'] for c in j['growth']} == {'fresh_ops': 3, 'table': 2, 'fresh': 1}" \
		"all(l['holds'] == (not l['causes']) for l in j['limits'])" \
		"[c['was'] for c in j['growth'] if c['symbol'] == 'table'] == [3]"
}
junit() {
	broken junit && py "
import xml.etree.ElementTree as E
s = E.parse('out').getroot().find('testsuite')
c = s.findall('testcase')
f = [x for x in c if x.find('failure') is not None]
assert s.get('tests') == str(len(c)) == '7' and s.get('failures') == str(len(f)) == '3'
assert [x.get('name') for x in f] == ['words <= 1', '.data: moves < 1', '.d[a]ta: moves <= 1']
assert 'fresh_ops' in f[0].find('failure').text and 'b<&,:%>:1' in f[0].find('failure').text"
}
github() {
	broken github && py "
import re, urllib.parse as u
lines = open('out').read().splitlines()
p = [re.fullmatch(r'::(error|warning|notice) ((?:[a-z]+=[^,:]*,?)*)::(.*)', l) for l in lines]
assert all(p)
props = [dict(f.split('=', 1) for f in m[2].split(',')) for m in p]
errors = [q for m, q in zip(p, props) if m[1] == 'error']
assert [q['line'] for q in errors] == ['1', '3', '5']
assert u.unquote(errors[0]['file']) == 'b<&,:%>' and u.unquote(errors[1]['title']) == 'rvreloc: .data: moves < 1'
assert 'fresh_ops' in u.unquote(p[0][3]).split('\n')[1]
w = [q for m, q in zip(p, props) if m[1] == 'warning']
assert w[0]['file'] == 'two.c' and w[0]['line'] == '$(line fresh_ops two.c)', w[0]"
}
github_quiet() { exits 0 check --format=github old && ! grep -q '::error\|::warning' out; }
json_holds() { exits 0 check --format=json old && json check "j['holds'] and j['budget'] is None and j['growth'] is None"; }
json_bad() {
	exits 1 check --format=json shared &&
		json check "('R_RISCV_64', 'shown') in [(c['type'], c['against']) for l in j['limits'] for c in l['causes']]"
}
same_for_jobs() {
	based
	for j in 1 3; do "$rv" check -j $j --budget=m --format=json new >"j$j" || true; done
	[ -s j1 ] && cmp j1 j3
}
check json			json_report
check json-holds		json_holds
check json-bad			json_bad
check junit			junit
check github			github
check github-holds		github_quiet
check same-for-every-j		same_for_jobs
check quiet			eval '[ -z "$("$rv" check -q old 2>&1)" ]'
check pipe			eval '"$rv" check --budget=m new | head -n 1 >/dev/null; [ "${PIPESTATUS[0]}" != 2 ]'

# --- diff. ---
same() { exits 0 diff "$1" "$1"; }
differs() { exits 1 diff --json old new && json diff "not j['same']" "$@"; }
total() { sed -n '/"moves"/,/}/s/.*"new": \([0-9]*\).*/\1/p' out | head -n 1; }
sums() { # rows add up to the totals, and the totals are check's
	differs "sum(s['came'] - s['went'] for s in j['symbols']) == j['total']['moves']['new'] - j['total']['moves']['old']" \
		"sum(s['new'] for s in j['sections'].values()) == j['total']['moves']['new']" \
		"sum(s['came'] for s in j['sections'].values()) == sum(s['came'] for s in j['symbols'])" \
		"sum(t['new'] for t in j['types'].values()) == j['total']['moves']['new']" \
		"all(len(s['changes']) == s['came'] + s['went'] for s in j['symbols'])" &&
		holds new "moves == $(total)"
}
rows() {
	differs "{s['name']: (s['came'], s['went']) for s in j['symbols']} == {
			'fresh_ops': (3, 0), 'table': (2, 0), 'fresh': (1, 0), 'gone': (0, 1)}" \
		"sorted(c['offset'] for s in j['symbols'] if s['name'] == 'table' for c in s['changes']) == [24, 32]"
}
table_bytes() { "$rv" table -o t new && differs "j['total']['table.bytes']['new'] == $(stat -c %s t)"; }
moved() { "$rv" retarget --delta=0x10000000 -o moved old && exits 0 diff old moved; }
code() { exits 1 diff --json old low && json - "len(j['symbols']) > 0" "all(c['type'] == 'R_RISCV_HI20' for s in j['symbols'] for c in s['changes'])"; }
inserted() { # code and data that come before what is there change nothing of it
	sed 's/return counter/one->open(); one->open(); return counter/; s/^struct ops \*two/int pad[9] = { 1 }; &/' two.c >two2.c
	cp two.c keep.c && cp two2.c two.c
	link low2 -mcmodel=medlow -Wl,--no-relax
	cp keep.c two.c
	! cmp low low2 && exits 0 diff low low2
}
check diff-same			same old
check diff-same-32		same k32
check diff-sums			sums
check diff-rows			rows
check diff-order		eval 'exits 1 diff old new && grep -A1 "came.*went" out | grep -q fresh_ops'
check diff-source		says "fresh_ops, new (two.c:$(line fresh_ops two.c))" exits 1 diff old new
check diff-gone			says "gone, gone" exits 1 diff old new
check diff-table		table_bytes
check diff-moved		moved
check diff-code			code
check diff-shifted		inserted
check diff-classes		exits 1 diff k32 k64
check diff-stale		says "stale" exits 1 diff old stale
check diff-one-file		says "OLD and NEW" exits 2 diff old
check diff-missing		exits 2 diff old nothing-here
check diff-pipe			eval '"$rv" diff k64 klow | head -n 1 >/dev/null; [ "${PIPESTATUS[0]}" != 2 ]'

finish
