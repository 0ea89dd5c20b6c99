// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The one process of a boot test: looks at the running kernel, prints what it
 * finds in lines that the scripts read, and powers the machine off. What needs
 * a file that is not in the initrd, or a feature that the kernel has not, it
 * says so; the scripts know what they must find.
 * Freestanding, as the kernel is built with little that a C library needs.
 */
#include <stdbool.h>
#include <stddef.h>

enum { SYS_ioctl = 29, SYS_mkdirat = 34, SYS_mount = 40, SYS_openat = 56, SYS_close = 57, SYS_read = 63,
       SYS_write = 64, SYS_sched_setaffinity = 122, SYS_reboot = 142, SYS_getcpu = 168,
       SYS_finit_module = 273 };
enum { AT_FDCWD = -100, O_WRONLY = 1, TCSBRK = 0x5409 };

static long syscall(long number, long a, long b, long c, long d, long e)
{
	register long a0 __asm__("a0") = a;
	register long a1 __asm__("a1") = b;
	register long a2 __asm__("a2") = c;
	register long a3 __asm__("a3") = d;
	register long a4 __asm__("a4") = e;
	register long a7 __asm__("a7") = number;

	__asm__ volatile("ecall" : "+r"(a0)
			 : "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a7) : "memory");
	return a0;
}

static size_t length(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

static bool equal(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return *a == *b;
}

static bool starts(const char *s, const char *what)
{
	while (*what && *s == *what)
		s++, what++;
	return !*what;
}

static bool contains(const char *s, const char *what)
{
	while (*s && !starts(s, what))
		s++;
	return *s;
}

static void print(const char *s)
{
	syscall(SYS_write, 1, (long)s, (long)length(s), 0, 0);
}

static void print_number(const char *before, long number, const char *after)
{
	char digits[24], *p = digits + sizeof(digits);
	bool minus = number < 0;

	*--p = '\0';
	do
		*--p = (char)('0' + (minus ? -(number % 10) : number % 10));
	while ((number /= 10));
	if (minus)
		*--p = '-';
	print(before);
	print(p);
	print(after);
}

static long open_file(const char *path, long flags)
{
	return syscall(SYS_openat, AT_FDCWD, (long)path, flags, 0, 0);
}

static void mount(const char *type, const char *where)
{
	syscall(SYS_mkdirat, AT_FDCWD, (long)where, 0555, 0, 0);
	syscall(SYS_mount, (long)type, (long)where, (long)type, 0, 0);
}

/* Long lines are cut. Returns false if the file cannot be read to its end. */
static bool each_line(const char *path, void (*use)(char *line))
{
	static char in[4096], line[512];
	size_t used = 0;
	long fd = open_file(path, 0), n;

	if (fd < 0)
		return false;
	while ((n = syscall(SYS_read, fd, (long)in, sizeof(in), 0, 0)) > 0)
		for (long i = 0; i < n; i++)
			if (in[i] == '\n') {
				line[used] = '\0';
				used = 0;
				use(line);
			} else if (used < sizeof(line) - 1) {
				line[used++] = in[i];
			}
	syscall(SYS_close, fd, 0, 0, 0, 0);
	return n == 0;
}

/* A line of /proc/kallsyms or System.map: ADDRESS TYPE NAME, a tab, the module */
struct symbol {
	unsigned long address;
	char *name;
	bool module;
};

static struct symbol parse_symbol(char *line)
{
	struct symbol symbol = { .name = line };

	for (; *symbol.name && *symbol.name != ' '; symbol.name++)
		symbol.address = symbol.address << 4 |
				 (unsigned long)(*symbol.name <= '9' ? *symbol.name - '0'
								     : *symbol.name - 'a' + 10);
	for (int skip = 3; *symbol.name && skip; skip--)	/* the blanks and the type */
		symbol.name++;
	for (char *end = symbol.name; *end; end++)
		if (*end == '\t') {
			*end = '\0';
			symbol.module = true;
		}
	return symbol;
}

/* Text symbols: the others are in the list only with KALLSYMS_ALL */
static const char *const wanted[] = {
	"_text", "_etext", "_sinittext", "start_kernel", "_einittext"
};

static void show_wanted(char *line)
{
	struct symbol symbol = parse_symbol(line);

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		if (equal(symbol.name, wanted[i])) {
			print("symbol ");
			print(symbol.name);
			print(" ");
			line[16] = '\0';
			print(line);
			print("\n");
		}
}

/*
 * Every symbol of the kernel's own list against System.map, in which it must be
 * as far from _text. Both are sorted by address.
 */
static struct { unsigned long address; size_t name; } map[65536];
static char names[2 << 20];
static size_t map_length, map_at, names_length;
static unsigned long map_text, own_text, agree, differ;

static void map_line(char *line)
{
	struct symbol symbol = parse_symbol(line);
	size_t n = length(symbol.name) + 1;

	if (map_length == sizeof(map) / sizeof(map[0]) || names_length + n > sizeof(names))
		return;		/* and then some symbols will not be found */
	if (equal(symbol.name, "_text"))
		map_text = symbol.address;
	map[map_length].address = symbol.address;
	map[map_length++].name = names_length;
	for (size_t i = 0; i < n; i++)
		names[names_length++] = symbol.name[i];
}

static void find_text(char *line)
{
	struct symbol symbol = parse_symbol(line);

	if (equal(symbol.name, "_text"))
		own_text = symbol.address;
}

static void compare_line(char *line)
{
	struct symbol symbol = parse_symbol(line);
	unsigned long address = symbol.address - own_text + map_text;

	if (symbol.module)
		return;
	while (map_at < map_length && map[map_at].address < address)
		map_at++;
	for (size_t i = map_at; i < map_length && map[i].address == address; i++)
		if (equal(names + map[i].name, symbol.name)) {
			agree++;
			return;
		}
	differ++;
}

static void compare_map(void)
{
	if (!each_line("/System.map", map_line) || !each_line("/proc/kallsyms", find_text) ||
	    !each_line("/proc/kallsyms", compare_line)) {
		print("map: not compared\n");
		return;
	}
	print_number("map: agree ", (long)agree, "");
	print_number(" differ ", (long)differ, "\n");
}

/* What the kernel prints does not wait for what is in the terminal's buffer. */
static void drain(void)
{
	syscall(SYS_ioctl, 1, TCSBRK, 1, 0, 0);
}

static void load_module(void)
{
	long fd = open_file("/test.ko", 0);

	drain();
	print_number("module: ", fd < 0 ? fd : syscall(SYS_finit_module, fd, (long)"", 0, 0, 0),
		     "\n");
}

/* Runs on every processor, as the number that the kernel gives says */
static void visit_cpus(void)
{
	for (unsigned cpu = 0; cpu < 64; cpu++) {
		unsigned long mask = 1UL << cpu;
		unsigned here = ~0U;

		if (syscall(SYS_sched_setaffinity, 0, sizeof(mask), (long)&mask, 0, 0) < 0)
			continue;
		syscall(SYS_getcpu, (long)&here, 0, 0, 0, 0);
		if (here == cpu)
			print_number("cpu ", cpu, "\n");
	}
}

static void write_file(const char *path, const char *text)
{
	long fd = open_file(path, O_WRONLY);

	if (fd < 0 || syscall(SYS_write, fd, (long)text, (long)length(text), 0, 0) < 0) {
		print("cannot write ");
		print(path);
		print("\n");
	}
	syscall(SYS_close, fd, 0, 0, 0, 0);
}

static long traced, written;

static void trace_line(char *line)
{
	if (line[0] == '#')
		return;
	traced++;
	written += contains(line, "vfs_write");
}

#define TRACING "/sys/kernel/tracing/"

static void trace(const char *tracer)
{
	traced = written = 0;
	/* Not all functions: after each the other processors empty their caches */
	write_file(TRACING "set_ftrace_filter", "vfs_*");
	write_file(TRACING "current_tracer", tracer);
	write_file(TRACING "trace", "");
	write_file(TRACING "tracing_on", "1");
	write_file(TRACING "tracing_on", "0");	/* the call is still traced */
	if (!each_line(TRACING "trace", trace_line))
		print("no " TRACING "trace\n");
	print("trace ");
	print(tracer);
	print_number(": calls ", traced, "");
	print_number(" vfs_write ", written, "\n");
}

static void read_kcore(void)
{
	static char head[16384];
	long fd = open_file("/proc/kcore", 0);
	long n = fd < 0 ? 0 : syscall(SYS_read, fd, (long)head, sizeof(head) - 1, 0, 0);

	for (long i = 0; i < n; i++)
		if (starts(head + i, "KERNELOFFSET=")) {
			for (long j = i; head[j]; j++)
				if (head[j] == '\n')
					head[j] = '\0';
			print("vmcoreinfo ");
			print(head + i);
			print("\n");
			return;
		}
	print("vmcoreinfo none\n");
}

static void show_seed(void)
{
	unsigned char seed[8];
	long fd = open_file("/sys/firmware/devicetree/base/chosen/kaslr-seed", 0);
	long n = fd < 0 ? fd : syscall(SYS_read, fd, (long)seed, sizeof(seed), 0, 0);

	if (n < 0)
		return;
	for (long i = 1; i < n; i++)
		seed[0] |= seed[i];
	print(n == sizeof(seed) && !seed[0] ? "kaslr-seed wiped\n" : "kaslr-seed there\n");
}

void _start(void)
{
	mount("proc", "/proc");
	mount("sysfs", "/sys");
	mount("tracefs", "/sys/kernel/tracing");
	each_line("/proc/kallsyms", show_wanted);
	compare_map();
	load_module();
	visit_cpus();
	read_kcore();
	show_seed();
	trace("function");
	trace("nop");
	print("init: done\n");
	syscall(SYS_reboot, (long)0xfee1dead, 0x28121969, 0x4321fedc, 0, 0);
	for (;;)
		;
}
