// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The one process of a boot test: prints where the running kernel has some of
 * its symbols, as "symbol NAME ADDRESS" lines, and powers the machine off.
 * Freestanding, as the kernel is built with little that a C library needs.
 */
#include <stdbool.h>
#include <stddef.h>

enum { SYS_mkdirat = 34, SYS_mount = 40, SYS_openat = 56, SYS_read = 63,
       SYS_write = 64, SYS_reboot = 142 };
enum { AT_FDCWD = -100 };

/* Text symbols: the others are in the list only with KALLSYMS_ALL */
static const char *const wanted[] = {
	"_text", "_etext", "_sinittext", "start_kernel", "_einittext"
};

static long syscall4(long number, long a, long b, long c, long d)
{
	register long a0 __asm__("a0") = a;
	register long a1 __asm__("a1") = b;
	register long a2 __asm__("a2") = c;
	register long a3 __asm__("a3") = d;
	register long a4 __asm__("a4") = 0;
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

static void print(const char *s)
{
	syscall4(SYS_write, 1, (long)s, (long)length(s), 0);
}

/* ADDRESS TYPE NAME, and for a module's symbol a tab and more */
static void show(char *line)
{
	char *name = line;

	for (int spaces = 0; *name && spaces < 2; name++)
		if (*name == ' ') {
			*name = '\0';
			spaces++;
		}
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		if (equal(name, wanted[i])) {
			print("symbol ");
			print(name);
			print(" ");
			print(line);
			print("\n");
		}
}

static bool list(const char *path)
{
	static char in[4096], line[512];
	size_t used = 0;
	long fd = syscall4(SYS_openat, AT_FDCWD, (long)path, 0, 0), n;

	if (fd < 0)
		return false;
	while ((n = syscall4(SYS_read, fd, (long)in, sizeof(in), 0)) > 0)
		for (long i = 0; i < n; i++)
			if (in[i] == '\n') {
				line[used] = '\0';
				show(line);
				used = 0;
			} else if (used < sizeof(line) - 1) {
				line[used++] = in[i];
			}
	return n == 0;
}

void _start(void)
{
	syscall4(SYS_mkdirat, AT_FDCWD, (long)"/proc", 0555, 0);
	syscall4(SYS_mount, (long)"proc", (long)"/proc", (long)"proc", 0);
	print(list("/proc/kallsyms") ? "init: done\n" : "init: no /proc/kallsyms\n");
	syscall4(SYS_reboot, (long)0xfee1dead, 0x28121969, 0x4321fedc, 0);
	for (;;)
		;
}
