/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Disassembly through libopcodes. Debian's plain libopcodes knows only the
 * machine it runs on; the build finds the one for RISC-V. Loaded when the
 * first instruction is asked for: most runs never do.
 */
#include "disasm.h"

#ifdef HAVE_OPCODES
#define PACKAGE "rvreloc"	/* bfd.h wants a config.h before it */
#define PACKAGE_VERSION "1"
#include <dis-asm.h>
#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dying.h"

static struct {
	__typeof__(disassembler) *disassembler;
	__typeof__(init_disassemble_info) *init;
	__typeof__(disassemble_init_for_target) *init_target;
} op;

/* libbfd ends the program with status 1 when memory runs out; ours is 2. */
static void on_exit_of_libbfd(void)
{
	fputs("rvreloc: out of memory\n", stderr);
	dying_now();
	_exit(2);
}

static bool load(void)
{
	static int state;	/* 0 untried, 1 there, -1 not there */
	void (**cleanup)(void);
	void *lib;

	if (state)
		return state > 0;
	state = -1;
	lib = dlopen(HAVE_OPCODES, RTLD_NOW);
	if (!lib)
		return false;
	cleanup = dlsym(lib, "_xexit_cleanup");
	if (cleanup)
		*cleanup = on_exit_of_libbfd;
#define GET(to, name) ((*(void **)&op.to = dlsym(lib, name)) != NULL)
	if (GET(disassembler, "disassembler") &&
	    GET(init, "init_disassemble_info") &&
	    GET(init_target, "disassemble_init_for_target"))
		state = 1;
#undef GET
	return state > 0;
}

struct text {
	char *buf;
	size_t size, len;
};

static int append(struct text *t, const char *fmt, va_list ap)
{
	int n = vsnprintf(t->buf + t->len, t->size - t->len, fmt, ap);

	if (n > 0)
		t->len += (size_t)n < t->size - t->len ? (size_t)n :
							  t->size - t->len - 1;
	return n;
}

static int print(void *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = append(t, fmt, ap);
	va_end(ap);
	return n;
}

static int print_styled(void *t, enum disassembler_style style,
			const char *fmt, ...)
{
	va_list ap;
	int n;

	(void)style;
	va_start(ap, fmt);
	n = append(t, fmt, ap);
	va_end(ap);
	return n;
}

static int read_code(bfd_vma addr, bfd_byte *to, unsigned len,
		     struct disassemble_info *info)
{
	if (addr < info->buffer_vma ||
	    addr - info->buffer_vma + len > info->buffer_length)
		return -1;
	memcpy(to, info->buffer + (addr - info->buffer_vma), len);
	return 0;
}

static void no_symbol(bfd_vma addr, struct disassemble_info *info)
{
	info->fprintf_func(info->stream, "0x%llx", (unsigned long long)addr);
}

static int never(bfd_vma addr, struct disassemble_info *info)
{
	(void)addr, (void)info;
	return 0;
}

static void on_error(int status, bfd_vma addr, struct disassemble_info *info)
{
	(void)status, (void)addr, (void)info;
}

unsigned disasm(unsigned xlen, const uint8_t *code, size_t len, uint64_t addr,
		char *buf, size_t size)
{
	struct text t = { buf, size, 0 };
	struct disassemble_info info;
	disassembler_ftype one;
	int n;

	if (!load() || !size)
		return 0;
	buf[0] = '\0';
	op.init(&info, &t, print, print_styled);
	info.arch = bfd_arch_riscv;
	info.mach = xlen == 64 ? 164 : 132;	/* bfd_mach_riscv64, 32 */
	info.endian = info.endian_code = BFD_ENDIAN_LITTLE;
	info.buffer = (bfd_byte *)(uintptr_t)code;
	info.buffer_vma = addr;
	info.buffer_length = len;
	info.read_memory_func = read_code;
	info.memory_error_func = on_error;
	info.print_address_func = no_symbol;
	info.symbol_at_address_func = (void *)never;
	op.init_target(&info);
	one = op.disassembler(bfd_arch_riscv, false, info.mach, NULL);
	n = one ? one(addr, &info) : 0;
	free(info.private_data);	/* nobody else does */
	for (char *p = buf; *p; p++)
		if (*p == '\t')
			*p = ' ';
	return n > 0 ? (unsigned)n : 0;
}


const char *disasm_version(void)
{
	return HAVE_OPCODES;
}

#else

unsigned disasm(unsigned xlen, const uint8_t *code, size_t len, uint64_t addr,
		char *buf, size_t size)
{
	(void)xlen, (void)code, (void)len, (void)addr, (void)buf, (void)size;
	return 0;
}

const char *disasm_version(void)
{
	return NULL;
}
#endif
