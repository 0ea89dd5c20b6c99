/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A small image with words that move, one of them not aligned, and labels. */
struct __attribute__((packed)) odd {
	char c;
	int (*f)(int);
};

int choose(int);
int chosen;
int *volatile where = &chosen;
static int (*const table[])(int) = { choose, choose, choose };
struct odd odd = { 1, choose };

int choose(int i)
{
	switch (i) {
	case 0: return chosen + 3;
	case 1: return *where * 7;
	case 2: return table[chosen](4);
	case 3: return odd.c;
	case 4: return odd.f(1);
	case 5: return i << chosen;
	}
	return 0;
}

void _start(void)
{
	chosen = choose(chosen);
}
