#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What inspect shows, against readelf, nm, objdump, addr2line and what retarget
# writes. INSPECT.SH [GLOB]: only the tests whose names match.
# Last line: N passed, N failed.
set -euo pipefail
cd "$(dirname "$0")/.."
. test/lib.sh

rv=${RVRELOC:-$PWD/build/rvreloc}
tree=$PWD
work=$PWD/build/inspect
rm -rf "$work"
mkdir -p "$work"
export LC_ALL=C
tool=riscv64-linux-gnu-
python=/usr/bin/python3		# which has Debian's jsonschema

k64=$(testdata/kernel/build.sh medany)
low=$(testdata/kernel/build.sh medlow)
k32=$(testdata/kernel/build.sh rv32)
cp "$k64" "$work/k64"
cp "$low" "$work/low"
cp "$k32" "$work/k32"
cd "$work"

# --- Inputs of our own. ---
as64() { ${tool}gcc -march=rv64imac -mabi=lp64 -I"$tree/testdata/relink" -c "$@"; }
ld64() { ${tool}ld -m elf64lriscv --emit-relocs -Ttext-segment=0xffffffff80000000 -e start "$@"; }
cat >words.S <<'S'
	.globl start, table
start:	la a0, constant
	lla a1, table
	call start
	ret
	.data
	.balign 8
	.type table, @object
	.size table, 40
table:	.dword start, table + 8, 5, constant
	.dword constant - start
	.globl loose
loose:	.dword 0
	.section .strange, "aw"
	.dword table
S
as64 -mno-relax words.S -o words.o
as64 words.S -o relax.o
ld64 --defsym=constant=0x12345678 words.o -o words-far 2>/dev/null || true
ld64 --defsym=constant=0xffffffff00000000 words.o -o words
ld64 --defsym=constant=0xffffffff00000000 relax.o -o relaxed
ld64 --no-relax --defsym=constant=0xffffffff00000000 relax.o -o norelax
${tool}ld -m elf64lriscv -Ttext-segment=0xffffffff80000000 -e start --defsym=constant=0xffffffff00000000 words.o -o norecords
ld.lld-19 --emit-relocs --no-relax --image-base=0xffffffff80000000 -e start \
	--defsym=constant=0xffffffff00000000 words.o -o lld
cat >debug.c <<'C'
static int here;
int *pointer = &here;
int start(void) { return *pointer; }
C
c64() { ${tool}gcc -O1 -g -gz="$gz" -ffreestanding -nostdlib -static -fno-pic -mcmodel=medany -c debug.c -o "$1"; }
gz=none c64 debug.o
gz=zlib c64 packed.o
ld64 packed.o -o packed --compress-debug-sections=zlib
ld64 debug.o -o plain
ld.lld-19 --emit-relocs --image-base=0xffffffff80000000 -e start debug.o -o lost
${tool}gcc -O1 -fPIE -ffreestanding -nostdlib -c debug.c -o pie.o
ld.lld-19 -pie --emit-relocs --no-relax --pack-dyn-relocs=relr -e start pie.o -o relr
${tool}ld -pie --emit-relocs -e start pie.o -o pie
# Names that HTML and JSON have to take care of.
printf '\t.globl start\nstart:\tret\n\t.data\n\t.balign 8\n' >names.S
for n in 'a<b>&amp;"c' $'gr\xc3\xbc\xc3\x9f' $'b\xffd'; do
	printf '\t.type "%s", @object\n"%s":\t.dword start\n\t.size "%s", 8\n' \
		"${n//\"/\\\"}" "${n//\"/\\\"}" "${n//\"/\\\"}" >>names.S
done
as64 names.S -o names.o
ld64 names.o -o names
# A word and an instruction that their records no longer fit.
cp k64 stale
text_at=$(${tool}readelf -SW k64 | awk '$2 == ".text" || $3 == ".text" { for (i = 1; i < NF; i++) if ($i == "PROGBITS") print $(i + 2) }')
dd if=/dev/zero of=stale bs=1 seek=$((0x$text_at + 8)) count=8 conv=notrunc status=none

# --- A reader of our own for what readelf and the files say. ---
cat >look.py <<'P'
import json, re, struct, subprocess, sys
RV = sys.argv[1]
def rv(*a):
    return subprocess.run([RV, *a], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout.decode()
def inspect(*a):
    return json.loads(rv('inspect', '--json', *a))
def listed(*a):
    return [json.loads(l) for l in rv('inspect', '--list', '--json', *a).splitlines()]
class Elf:
    def __init__(self, path):
        d = self.d = open(path, 'rb').read()
        self.w = w = 8 if d[4] == 2 else 4
        h = struct.unpack_from('<HHIQQQIHHHHHH' if w == 8 else '<HHIIIIIHHHHHH', d, 16)
        shoff, shsize, shnum, shstr = h[5], h[10], h[11], h[12]
        f = '<IIQQQQIIQQ' if w == 8 else '<IIIIIIIIII'
        raw = [struct.unpack_from(f, d, shoff + i * shsize) for i in range(shnum)]
        names = raw[shstr]
        def name(at):
            at += names[4]
            return d[at:d.index(b'\0', at)].decode()
        self.sec = [dict(name=name(s[0]), type=s[1], flags=s[2], addr=s[3], off=s[4], size=s[5],
                         link=s[6], info=s[7]) for s in raw]
        self.by = {s['name']: s for s in self.sec}
    def bytes(self, s):
        return b'' if s['type'] == 8 else self.d[s['off']:s['off'] + s['size']]
    def word(self, name, off, n):
        return int.from_bytes(self.bytes(self.by[name])[off:off + n], 'little')
def readelf(path, elf):
    """Records of the link as readelf has them: section, offset, type, symbol, addend."""
    out, of = [], None
    text = subprocess.run(['riscv64-linux-gnu-readelf', '-rW', path], stdout=subprocess.PIPE).stdout.decode('latin-1')
    for line in text.splitlines():
        m = re.match(r"Relocation section '(.*)' at offset 0x([0-9a-f]+)", line)
        if m:
            s = next(s for s in elf.sec if s['off'] == int(m[2], 16) and s['type'] in (4, 19))
            of = elf.sec[s['info']] if not s['flags'] & 2 else None
            continue
        m = re.match(r'([0-9a-f]{8,16}) +[0-9a-f]+ (R_RISCV_\w+|unrecognized.*?) *(?: ([0-9a-f]{8,16}) +(.*?))?(?: ?([+-]) ([0-9a-f]+)| +([0-9a-f]+))?$', line)
        if m and of:
            a = m[6] or m[7]
            out.append((of['name'], int(m[1], 16) - of['addr'], m[2], (m[4] or '').strip(),
                        (int(a, 16) if a else 0) * (-1 if m[5] == '-' else 1)))
    return out
P

py() { # SCRIPT ARGUMENT...: with look.py
	local script=$1
	shift
	{ cat look.py; cat "$script.py"; } >"run-$script.py"
	$python "run-$script.py" "$rv" "$@"
}

# --- Every record, one by one. ---
cat >same-records.py <<'P'
path = sys.argv[2]
elf = Elf(path)
want, got = readelf(path, elf), listed(path)
assert len(want) == len(got) > 3, (len(want), len(got))
for w, g in zip(want, got):
    is_ = (g['section'], int(g['offset'], 16), g['type'], g['addend'])
    assert is_ == (w[0], w[1], w[2], w[4]), (w, g)
    if re.fullmatch(r'[\w$.]+', w[3]) and not w[3].startswith('.L'):
        assert g['symbol'] == w[3], (w, g)
    if 'address' in g:
        assert int(g['address'], 16) == elf.by[g['section']]['addr'] + w[1], g
print(len(got), 'records')
P
text_is_json() { # FILE: both forms of the list say the same
	"$rv" inspect --list "$1" >list.txt && "$rv" inspect --list --json "$1" >list.json &&
		[ "$(wc -l <list.txt)" = "$(wc -l <list.json)" ] &&
		$python - list.txt list.json <<'P'
import json, sys
for line, j in zip(open(sys.argv[1], encoding='latin-1'), open(sys.argv[2])):
    j = json.loads(j)
    place, address, type_, effect, value = line.split()[:5]
    assert place == j['section'] + '+' + j['offset'], (line, j)
    assert address == '-' and 'address' not in j or int(address, 16) == int(j['address'], 16), (line, j)
    assert (type_, effect, value) == (j['type'], j['effect'], j.get('value', '-')), (line, j)
    assert j['symbol'].strip() in line and line.rstrip('\n')[-1] != ' ' or j['symbol'].startswith('.L'), line
P
}
aligned() { # columns begin where they began in the line before
	"$rv" inspect --list k64 | awk '{ at = index($0, " R_RISCV_"); if (NR > 1 && at != last) exit 1; last = at } END { exit NR < 100 }'
}
for f in k64 low k32 words lld relaxed packed plain lost relr pie; do
	check "list-records-$f"	py same-records "$f"
done
check list-text-json-64		text_is_json k64
check list-text-json-32		text_is_json k32
check list-aligned		aligned

# --- Effects: what retarget really does to the fields. ---
cat >effects.py <<'P'
path, delta = sys.argv[2], int(sys.argv[3], 0)
subprocess.run([RV, 'retarget', '-q', '--build-id=keep', '--delta=%d' % delta, '-o', 'moved', path], check=True)
a, b, seen = Elf(path), Elf('moved'), {}
width = {'R_RISCV_64': 8, 'R_RISCV_32': 4, 'R_RISCV_HI20': 4, 'R_RISCV_PCREL_HI20': 4, 'R_RISCV_ADD64': 8,
         'R_RISCV_SUB64': 8, 'R_RISCV_ADD32': 4, 'R_RISCV_SUB32': 4, 'R_RISCV_CALL_PLT': 8}
changed, moves, records = {}, 0, listed(path)
for r in records:
    s, off, n = r['section'], int(r['offset'], 16), width.get(r['type'], 2)
    if s not in b.by or a.bytes(a.by[s])[:0] != b'' or off + n > a.by[s]['size'] or 'value' not in r:
        continue
    was, is_ = a.word(s, off, n), b.word(s, off, n)
    if r['effect'] in ('moves', 'fixed'):
        sign = 1 if r['effect'] == 'moves' else -1
        assert r['type'] in width, r
        want = (was + sign * delta) % (1 << 8 * n)
        assert is_ == want or r['type'] == 'R_RISCV_CALL_PLT', (r, hex(was), hex(is_))
        assert was != is_, r
        changed.setdefault(s, set()).update(range(off, off + n))
        moves += 1
    elif r['effect'] in ('same', 'excused'):
        assert was == is_ or off in changed.get(s, ()), (r, hex(was), hex(is_))
# Nothing else changes in what is loaded but what has no record.
fields = inspect('--by=section', path)
assert fields['of'] == 'fields'
extra = 0
for s in a.sec:
    if not s['flags'] & 2 or s['type'] == 8 or s['type'] in (4, 6, 11, 19):
        continue
    x, y = a.bytes(s), b.bytes(b.by[s['name']])
    spots = [i for i in range(len(x)) if x[i] != y[i] and i not in changed.get(s['name'], ())]
    n = len({i - i % a.w for i in spots})
    ranked = sum(r['count'] for r in fields['ranking'] if r['name'] == s['name'])
    loaded = {r['offset'] for r in records if r['section'] == s['name'] and r['effect'] in ('moves', 'fixed')}
    assert len(loaded) + n == ranked, (s['name'], len(loaded), n, ranked)
assert moves > 3
print(moves, 'fields')
P
for f in k64 low words lld plain; do
	check "effects-$f"	py effects "$f" 0x10000000
done
check effects-k32		py effects k32 0x10000000
check effects-back		py effects k64 -0x10000000

# --- The summary, and that numbers agree wherever they are shown. ---
cat >agree.py <<'P'
path = sys.argv[2]
s, l = inspect(path), listed(path)
elf = Elf(path)
loaded = {x['name'] for x in elf.sec if x['flags'] & 2}
count = {}
for r in l:
    if r['section'] in loaded:
        count.setdefault(r['type'], {}).setdefault(r['effect'], 0)
        count[r['type']][r['effect']] += 1
assert count == {t: c['effects'] for t, c in s['loaded'].items()}, (count, s['loaded'])
for t, c in s['loaded'].items():
    assert c['records'] == sum(c['effects'].values()), t
    assert c['moved'] == c['effects'].get('moves', 0) + c['effects'].get('fixed', 0), t
total = {}
for c in count.values():
    for e, n in c.items():
        total[e] = total.get(e, 0) + n
assert total == s['effects'], (total, s['effects'])
other = {}
for r in l:
    if r['section'] not in loaded:
        other[r['type']] = other.get(r['type'], 0) + 1
assert other == {t: c['records'] for t, c in s['not_loaded'].items()}
# The text has the same numbers.
text = rv('inspect', path).replace(',', '')
line = next(x.split() for x in text.splitlines() if x.split()[:1] == ['all'])
heads = next(x.split() for x in text.splitlines() if x.split()[:2] == ['Records', 'all'])[1:]
for h, n in zip(heads, line[1:]):
    want = sum(total.values()) if h == 'all' else total.get({'move': 'moves'}.get(h, h), 0)
    assert n == str(want) or (n == '-' and not want), (h, n, want)
assert '%d words' % s['table']['words'] in text
# Rankings sum to their totals and to the table.
for by in 'section', 'symbol', 'type', 'source':
    r = inspect('--by=' + by, path)
    rows = r['ranking']
    assert r['count'] == sum(x['count'] for x in rows), by
    assert [x['count'] for x in rows] == sorted((x['count'] for x in rows), reverse=True), by
    if s['movable']:
        assert r['count'] == s['table']['words'] + s['table']['other_fields'], (by, r['count'], s['table'])
    names = [x for x in rv('inspect', '--by=' + by, path).splitlines() if x[0] != '(']
    assert names[0].replace(',', '').split()[0] == str(r['count']), names[0]
    assert len(names) == len(rows) + 1 and all(x['name'].strip() in y for x, y in zip(rows, names[1:])), by
    r = inspect('--by=' + by, '--filter=effect=same', path)
    assert r['of'] == 'records' and r['count'] == sum(x['effect'] == 'same' for x in l), by
rows = {x['name']: x['count'] for x in inspect('--by=type', '--filter=effect=*', path)['ranking']}
every = {}
for r in l:
    every[r['type']] = every.get(r['type'], 0) + 1
assert rows == every, (rows, every)
P
for f in k64 low k32 words lld relaxed packed lost stale; do
	check "agree-$f"	py agree "$f"
done
formats() { # FILE: the sizes are those of the tables that are made
	local fmt
	"$rv" inspect --json "$1" >json
	for fmt in rvr relr rela offsets; do
		"$rv" table -q --format=$fmt -o "table.$fmt" "$1" || return 1
		[ $fmt = offsets ] && continue
		grep -q "\"${fmt}_bytes\": $(stat -c %s table.$fmt),*\$" json || { echo "$fmt"; return 1; }
	done
}
same_for_jobs() { # FILE
	local j
	for j in 1 2 7; do "$rv" inspect -j $j "$1" >"j.$j" && cmp j.1 "j.$j" || return 1; done
}
says() { # TEXT FILE [ARGUMENT...]: exit status 0, that text in the output
	local text=$1 file=$2
	shift 2
	"$rv" inspect "$@" "$file" >out || return 1
	cat out
	grep -qF -- "$text" out
}
got_words() { # as many as readelf's section has, and what moves in it
	local size
	size=$(${tool}readelf -SW k64 | sed -n 's/.* \.got  *PROGBITS  *[0-9a-f]* [0-9a-f]* \([0-9a-f]*\) .*/\1/p')
	says "GOT       $((0x$size / 8)) words" k64
}
absolute() { # every symbol that nm calls absolute
	"$rv" inspect --json k64 | $python -c 'import json, sys
for s in json.load(sys.stdin)["absolute_symbols"]: print(s["value"][2:].rjust(16, "0"), s["name"])' | sort >got
	${tool}nm k64 | awk '$2 == "a" || $2 == "A" { print $1, $3 }' | sort | diff - got && [ -s got ]
}
absolute_truth() { # and each moves as it does in the moved file
	"$rv" retarget -q --delta=0x10000000 -o moved k64 &&
		"$rv" inspect --json k64 >json && ${tool}nm moved >nm &&
		$python - <<'P'
import json
moved = {l.split()[-1]: int(l.split()[0], 16) for l in open('nm') if len(l.split()) == 3}
for s in json.load(open('json'))['absolute_symbols']:
    assert moved[s['name']] - int(s['value'], 16) == (0x10000000 if s['moves'] else 0), s
P
}
check formats-64		formats plain
check formats-unaligned		formats k64
check same-for-every-j		same_for_jobs k64
check model-medany		says "medany, " k64
check model-medlow		says "medlow, " low
check linker-gnu		says "GNU ld" k64
check linker-lld		says "LLD 19" lld
check relaxed			says "relaxed" relaxed
check relaxed-says-so		says '"relaxed": true' relaxed --json
check no-relax			says "not relaxed (--no-relax)" norelax
check mno-relax			says "not relaxed (-mno-relax)" words
check got			got_words
check absolute			absolute
check absolute-truth		absolute_truth
check class-32			says "RISC-V 32-bit executable" k32
check debug-records		says "$(${tool}readelf -rW plain | awk '/^Relocation section/ { d = /rela.debug/ } / R_RISCV_/ && d { n++ } END { print n }') records of what is not loaded" plain

# --- Images that cannot be moved. ---
check object			says "not linked yet" words.o
check object-counts		says "address words" words.o
check object-list		says "R_RISCV_64 against table" words.o --at=table+8
check object-by			says "4  " words.o --by=type
check no-records		says "link with --emit-relocs" norecords
check no-records-place		says "0xffffffff80000000" norecords
check no-records-json		says '"movable": false' norecords --json
check stale			says "cannot be moved" stale
check stale-hint		says "the bytes were changed after the link" stale
check stale-place		says ".text+0x8 (in _start" stale
check stale-ranked		says "1 record, by symbol" stale --by=symbol --filter=effect=stale --filter=type=PCREL_HI20
check stale-at			says "stale: the record and the bytes contradict each other" stale --at=_start+8
check lost			says "lost for .debug_" lost
check lost-hint			says "--debug=drop" lost
check pie			says "words by R_RISCV_RELATIVE" pie
check relr			says "by RELR" relr
check not-riscv			bash -c '! "$0" inspect /bin/true 2>err && grep -q "not for RISC-V" err' "$rv"

# --- Filters. ---
cat >filters.py <<'P'
import fnmatch
l = listed('k64')
def same(keep, *filters):
    want = [r for r in l if keep(r)]
    got = listed(*['--filter=' + f for f in filters], 'k64')
    assert want == got and want and len(want) < len(l), (filters, len(want), len(got))
same(lambda r: r['type'] == 'R_RISCV_64', 'type=R_RISCV_64')
same(lambda r: r['type'] == 'R_RISCV_64', 'type=64')
same(lambda r: 'LO12' in r['type'], 'type=*LO12*')
same(lambda r: r['section'] == '.rodata', 'section=.rodata')
same(lambda r: r['section'].startswith('.debug_'), 'section=.debug_*')
same(lambda r: r['effect'] == 'moves', 'effect=moves')
same(lambda r: r['symbol'] == '_start', 'symbol=_start')
same(lambda r: r['symbol'] == '', 'symbol=')
same(lambda r: r['section'] == '.data' and r['effect'] == 'moves', 'effect=moves', 'section=.data')
same(lambda r: r['type'] == 'R_RISCV_PCREL_HI20', 'type=PCREL_*', 'type=*HI20')
# What lies in a symbol, by nm.
nm = subprocess.run(['riscv64-linux-gnu-nm', '-S', 'k64'], stdout=subprocess.PIPE).stdout.decode().splitlines()
lo, size = next((int(x.split()[0], 16), int(x.split()[1], 16)) for x in nm if x.split()[-1] == 'checks' and len(x.split()) == 4)
same(lambda r: 'address' in r and lo <= int(r['address'], 16) < lo + size, 'in=checks')
ranked = inspect('--by=symbol', '--filter=in=checks', 'k64')
assert ranked['count'] == len([r for r in l if 'address' in r and lo <= int(r['address'], 16) < lo + size and r['effect'] == 'moves'])
assert [r['name'] for r in ranked['ranking']] == ['checks']
assert inspect('--by=symbol', 'k64')['ranking'][0]['name'] == 'checks'
by = inspect('--by=section', '--filter=section=.debug_*', 'k64')
assert by['of'] == 'records' and by['count'] == len([r for r in l if r['section'].startswith('.debug_') and r['effect'] == 'moves'])
P
usage() { # TEXT ARGUMENT...: exit status 2, that text, no output
	local text=$1 status=0
	shift
	"$rv" inspect "$@" 2>err >out || status=$?
	cat err
	[ "$status" = 2 ] && [ ! -s out ] && grep -qF -- "$text" err
}
check filters			py filters
check filter-key		usage "is it section?" --list --filter=sectoin=x k64
check filter-no-key		usage "it wants KEY=GLOB" --list --filter=HI20 k64
check filter-effect		usage "is it moves?" --list --filter=effect=moved k64
check filter-type		usage "is it PCREL_HI20?" --list --filter=type=PCREL_HI2O k64
check filter-alone		usage "--filter goes with" --filter=type=64 k64
check one-way			usage "at a time" --list --by=type k64
check to-alone			usage "go with --at" --to=0x1000 k64
check disassemble-alone		usage "goes with --at" --disassemble k64
check at-nowhere		usage "lies in no section" --at=0x10 k64
check at-slip			usage "is it _start?" --at=_strat k64
check at-behind			usage "bytes" --at=.debug_line+0x7fffffff k64
check at-unaligned-move		usage "multiples of" --at=_start --delta=0x10 k64
check at-not-canonical		usage "it cannot be at" --at=_start --to=0x0180000000000000 k64

# --- One place. ---
cat >places.py <<'P'
path, delta = sys.argv[2], 0x10000000
subprocess.run([RV, 'retarget', '-q', '--build-id=keep', '--delta=%d' % delta, '-o', 'moved', path], check=True)
a, b = Elf(path), Elf('moved')
l = [r for r in listed(path) if 'value' in r]
by_type = {}
for r in l:
    by_type.setdefault((r['type'], r['effect'], 'address' in r), []).append(r)
n = 0
for (type_, effect, loaded), rs in by_type.items():
    for r in (rs[0], rs[-1]):
        off = int(r['offset'], 16)
        where = r['address'] if loaded else '%s+%s' % (r['section'], r['offset'])
        p = inspect('--at=' + where, '--delta=%d' % delta, path)
        assert p['section'] == r['section'] and int(p['offset'], 16) == off, (r, p)
        f = next(f for f in p['fields'] if any(x['type'] == type_ for x in f['records']))
        assert (f['holds'], f['effect']) == (r['value'], effect), (r, f)
        m = inspect('--at=' + (hex(int(where, 16) + delta) if loaded else where), 'moved')
        g = next(g for g in m['fields'] if any(x['type'] == type_ for x in g['records']))
        assert g['holds'] == f['after'], (f, g)
        if loaded:
            assert int(f['address_after'], 16) == int(where, 16) + delta
        n += 1
assert n > 10
print(n, 'places')
P
cat >code.py <<'P'
# The code around a place, and its records, as objdump -dr has them.
path, at = sys.argv[2], sys.argv[3]
p = inspect('--at=' + at, '--disassemble', path)
base = int(p['address'], 16) - int(p['offset'], 16)
text = subprocess.run(['riscv64-linux-gnu-objdump', '-drz', path], stdout=subprocess.PIPE).stdout.decode('latin-1')
insn, records = {}, {}
for l in text.splitlines():
    m = re.match(r'\s*([0-9a-f]+):\s+([0-9a-f]+)\s+(\S.*)$', l)
    if m:
        insn[int(m[1], 16)] = (m[2], m[3])
    m = re.match(r'\s*([0-9a-f]+): (R_RISCV_\w+)', l)
    if m:
        records.setdefault(int(m[1], 16), []).append(m[2])
assert len(p['around']) > 8
for l in p['around']:
    addr = base + int(l['offset'], 16)
    assert insn[addr][0] == l['bytes'], (hex(addr), insn[addr], l)
    if 'instruction' in l:
        assert insn[addr][1].split()[0] == l['instruction'].split()[0], (insn[addr], l)
    assert records.get(addr, []) == [r['type'] for r in l['records']], (hex(addr), l)
P
source() { # SYMBOL+N: as addr2line
	local addr line
	addr=$(printf '0x%x' $((0x$(${tool}nm k64 | awk -v s="${1%+*}" '$3 == s { print $1 }') + ${1#*+})))
	line=$(${tool}addr2line -e k64 "$addr" | sed 's/ .*//')
	says "source      " k64 --at="$addr" && [ "${line##*/}" = "$(sed -n 's|.*source .*/||p' out)" ]
}
declared() { # SYMBOL: in the source file that has it
	says "source      " k64 --at="$1" && local file line
	IFS=: read -r file line < <(sed -n 's|.*source *||p' out)
	sed -n "${line}p" "$tree/testdata/kernel/${file##*/}" | grep -qw "$1"
}
slot() { # what goes by way of the GOT names the slot, and the slot says who does
	local user slot next
	user=$("$rv" inspect --list --filter=type=GOT_HI20 k64 | awk '{ print $2; exit }')
	slot=$("$rv" inspect --at="$user" k64 | sed -n 's/.*GOT slot *\(0x[0-9a-f]*\),.*/\1/p')
	next=$(printf '0x%x' $((user + 4)))
	[ "$slot" ] && says "completes   R_RISCV_GOT_HI20" k64 --at="$next" && grep -q "GOT slot *$slot" out &&
		says "R_RISCV_PCREL_LO12_I   at $next" k64 --at="$slot" &&
		grep -q "a GOT slot: it moves" out &&
		[ "$(sed -n 's/.*holds *0x\([0-9a-f]*\),.*/\1/p' out)" = "$($rv inspect --at="$user" k64 |
			sed -n 's/.* S  *0x\([0-9a-f]*\) .*/\1/p')" ]
}
head_is_quiet() { # ARGUMENT...: a reader that goes away is no error
	local status
	"$rv" inspect "$@" k64 2>err | head -n 1 >out
	status=${PIPESTATUS[0]}
	[ -s out ] && [ ! -s err ] && { [ "$status" = 0 ] || [ "$status" = 141 ]; }
}
full_is_said() { # and a full disk is
	! "$rv" inspect "$@" k64 >/dev/full 2>err && grep -q "cannot write" err
}
check places-64			py places k64
check places-low		py places low
check places-32			py places k32
check places-words		py places words
check places-packed		py places packed
check code-64			py code k64 _start+8
check code-32			py code k32 _start+8
check code-low			py code low kernel_main
check source			source kernel_main+4
check declared			declared checks
check slot			slot
check at-lo12			says "completes   R_RISCV_PCREL_HI20" k64 --at=_start+0xc
check at-users			says "Named by" k64 --at=_start+8
check at-inside			says "which begins 0x2 bytes before" words --at=table+2
check at-none			says "none here" words --at=loose
check at-none-near		says "next before R_RISCV_" words --at=loose
check at-constant		says "fixed: absolute, outside the image" words --at=table+24
check at-section		says "R_RISCV_64 against table" words --at=.strange+0
check at-sum			says "(S1 + A1) - (S2 + A2)" words --at=table+32
check at-debug			says "R_RISCV_" packed --at=.debug_info+6
check head-list			head_is_quiet --list
check head-list-json		head_is_quiet --list --json
check head-by			head_is_quiet --by=symbol
check head-summary		head_is_quiet
check full-list			full_is_said --list
check full-summary		full_is_said
check full-json			full_is_said --json

# --- As a page. ---
cat >page.py <<'P'
from html.parser import HTMLParser
path = sys.argv[2]
html = rv('inspect', '--html=-', path)
class Page(HTMLParser):
    open_, rows, titles, heads = [], [], [], []
    def handle_starttag(self, tag, attrs):
        assert tag not in ('script', 'link', 'img', 'iframe', 'object'), tag
        for k, v in attrs:
            assert k not in ('src', 'href') and 'url(' not in (v or ''), (k, v)
        if tag in ('meta',):
            return
        if tag == 'li' and self.open_[-1] == 'li' or tag == 'tr':
            self.rows.append([])
        if tag in ('td', 'th'):
            self.rows[-1].append('')
        if tag == 'title':
            self.titles.append('')
        if tag in ('h1', 'h2'):
            self.heads.append('')
        self.open_.append(tag)
    def handle_endtag(self, tag):
        assert self.open_.pop() == tag, (tag, self.getpos())
    def handle_data(self, data):
        if not self.open_:
            return
        if self.open_[-1] in ('td', 'th'):
            self.rows[-1][-1] += data
        if self.open_[-1] == 'title':
            self.titles[-1] += data
        if self.open_[-1] in ('h1', 'h2'):
            self.heads[-1] += data
page = Page()
page.feed(html)
assert not page.open_ and 'http' not in html.replace(path, '')
assert page.heads[0] == path, page.heads
s = inspect(path)
if s['movable']:
    rows = {}
    for r in page.rows:
        rows.setdefault(r[0], []).append(r)
    n = lambda x: int(x.replace(',', '').replace('-', '0'))
    assert n(rows['all'][0][1]) == sum(s['effects'].values())
    for name, key in ('rvr', 'rvr'), ('RELR', 'relr'), ('RELA', 'rela'), ('32-bit offsets', 'offsets'):
        assert n(rows[name][0][1]) == (s['table'][key + '_bytes'] or 0), name
    # The bars are all the fields; each ranking is that of --by.
    bars = [t for t in page.titles if ' from ' in t]
    total = inspect('--by=section', path)['count']
    assert bars and sum(n(t.split()[0]) for t in bars) == total > 0
    assert next(h for h in page.heads if h.startswith('Where the ')).split()[2] == format(total, ',')
    loaded = [x for x in Elf(path).sec if x['flags'] & 2 and x['size'] and not (x['type'] == 8 and x['flags'] & 0x400)]
    assert len([t for t in page.titles if ' bytes' in t and ' at 0x' in t]) == len(loaded)
    for by in 'section', 'type', 'symbol':
        for r in inspect('--by=' + by, path)['ranking'][:1000]:
            name = r['name'] if path != 'names' else None
            if name and name.strip() == name:
                assert any(len(x) > 2 and n(x[0]) == r['count'] and x[2] == name for x in page.rows
                           if re.fullmatch(r'[\d,]+', x[0])), r
else:
    assert any('against a move' in h for h in page.heads) or s['type'] == 'ET_REL'
P
page_names() { # what is in names is text, whatever it looks like
	"$rv" inspect --html=page.html names && grep -qF 'a&lt;b&gt;&amp;amp;&quot;c' page.html &&
		! grep -qF 'a<b>' page.html && grep -qF $'gr\xc3\xbc\xc3\x9f' page.html && grep -qF 'b&#xfffd;d' page.html
}
json_names() {
	"$rv" inspect --by=symbol --json names | $python -c 'import json, sys
names = {r["name"] for r in json.load(sys.stdin)["ranking"]}
assert names == {"a<b>&amp;\"c", "gr\u00fc\u00df", "b\u00ffd"}, names'
	"$rv" inspect --list --json names | $python -c 'import json, sys
for l in sys.stdin.buffer: json.loads(l.decode())'
}
page_whole() { # a file is replaced as a whole, or not at all
	echo old >page.html && "$rv" inspect --html=page.html k64 && grep -q '^</html>$' page.html &&
		echo old >page.html && ! "$rv" inspect --html=page.html /dev/null 2>err && [ "$(cat page.html)" = old ] &&
		! "$rv" inspect --html=nowhere/page.html k64 2>err && grep -q "cannot write nowhere/page.html" err &&
		! ls .rvreloc-* 2>/dev/null
}
for f in k64 low k32 words packed stale lost norecords words.o relr pie names; do
	check "page-$f"		py page "$f"
done
check page-names		page_names
check json-names		json_names
check page-whole		page_whole
check page-not-the-image	usage "--html would replace the image" --html=./k64 k64
check page-alone		usage "at a time" --html=x --list k64
check full-page			full_is_said --html=-

# --- JSON by its schema. ---
cat >schema.py <<'P'
import jsonschema
schema = json.load(open(sys.argv[2]))
jsonschema.Draft7Validator.check_schema(schema)
v = jsonschema.Draft7Validator(schema)
def part(name):
    return jsonschema.Draft7Validator({**schema, 'oneOf': [{'$ref': '#/definitions/' + name}]})
n = 0
def valid(name, j):
    global n
    errors = [e.message for e in part(name).iter_errors(j)]
    assert not errors and v.is_valid(j), (name, errors, j)
    n += 1
for f in 'k64', 'low', 'k32', 'words', 'lld', 'packed', 'lost', 'stale', 'relr', 'pie', 'words.o', 'norecords':
    valid('summary', inspect(f))
    for by in 'section', 'symbol', 'type', 'source':
        valid('ranking', inspect('--by=' + by, f))
    for r in listed(f)[::7]:
        valid('record', r)
for at in '_start+8', '_start+0xc', 'checks', 'checks+8', '.debug_line+4', '.debug_info+6':
    for more in [], ['--disassemble'], ['--delta=1M'], ['--disassemble', '--delta=0x10000000']:
        valid('place', inspect('--at=' + at, *more, 'k64'))
for at in 'table', 'table+2', 'table+32', 'loose', 'start':
    valid('place', inspect('--at=' + at, '--disassemble', 'words'))
valid('place', inspect('--at=table', '--disassemble', 'words.o'))
assert not v.is_valid({**inspect('words'), 'more': 1})
print(n, 'documents')
P
check schema			py schema "$tree/doc/inspect.schema.json"

finish
