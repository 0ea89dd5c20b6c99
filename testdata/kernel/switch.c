// SPDX-License-Identifier: GPL-2.0-or-later
/* Tables of addresses that the compiler makes: of cases, and of labels. */
#include "things.h"

/* Each case does something else, or they become a table of numbers. */
unsigned choose(unsigned which, unsigned x)
{
	switch (which) {
	case 0: return x + 3;
	case 1: return x ^ 5;
	case 2: return x << 2;
	case 3: return x * 7;
	case 4: return 100 - x;
	case 5: return x & 12;
	case 6: return x | 64;
	case 7: return x - 9;
	case 8: return x >> 1;
	case 9: return x * x;
	case 10: return x * x * x;
	case 11: return x ^ x << 1;
	default: return 0;
	}
}

unsigned run_program(const unsigned char *program, unsigned x)
{
	static const void *const labels[] = { &&add, &&multiply, &&negate, &&done };

#define NEXT	goto *labels[*program++]
	NEXT;
add:
	x += *program++;
	NEXT;
multiply:
	x *= *program++;
	NEXT;
negate:
	x = -x;
	NEXT;
done:
	return x;
#undef NEXT
}

void switch_init(void)
{
	initcalls_done = 10 * initcalls_done + 2;
}
INITCALL(switch_init);
