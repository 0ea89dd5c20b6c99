// SPDX-License-Identifier: GPL-2.0-or-later
/* At virtual addresses: runs the checks, says what they saw, powers off. */
#include "checks.h"

enum { NAME_WIDTH = 34, FNV_START = (int)0x811c9dc5 };

static void field(const char *name, uintptr_t value)
{
	put_column(name, 10);
	put_address(value);
	put("\n");
}

static struct tally run(const struct check *check, uintptr_t base)
{
	struct tally t = { .base = base, .sum = (uint32_t)FNV_START };

	check->walk(&t);
	put("  ");
	put_column(check->name, NAME_WIDTH);
	put_hex(t.sum, 8);
	put(t.bad ? "  FAILED\n" : "  ok\n");
	return t;
}

_Noreturn void kernel_main(uintptr_t satp, uintptr_t offset)
{
	uintptr_t base = HERE(_start);
	uint32_t sum = (uint32_t)FNV_START;
	unsigned failed = 0;

	field("loaded", base - offset);
	field("text", base);
	put_column("paging", 10);
	put(paging_name(satp));
	put("\n");

	for (unsigned i = 0; i < checks_count; i++) {
		struct tally t = run(&checks[i], base);

		sum = sum_add(sum, t.sum);
		failed += t.bad > 0;
	}

	put_column("checksum", 10);
	put_hex(sum, 8);
	put(failed ? "\nfailed: " : "\nall ");
	put_number(failed ? failed : checks_count);
	put(failed ? " of " : " checks passed\n");
	if (failed) {
		put_number(checks_count);
		put(" checks\n");
	}
	power_off(!failed);
}

_Noreturn void trap_report(void)
{
	put("trap\n");
	field("scause", CSR_READ(scause));
	field("sepc", CSR_READ(sepc));
	field("stval", CSR_READ(stval));
	power_off(false);
}
