/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program with a shared library: JUMP_SLOT and COPY records, .got.plt words that hold the address of the PLT, an
 * undefined function whose value is that of its PLT entry, and every kind of address in the dynamic section.
 *
 * @arch    rv64imac rv32imac
 * @solib
 * @link    ld ld-plain lld14-plain lld19-plain
 * @ldflags -z lazy -dynamic-linker /lib/ld.so --hash-style=both -init=_start -fini=finish
 * @script  none
 * @bases         0x10000 0x14210000
 */
#ifdef SOLIB
int shared_variable = 3;
int shared_function(int n) { return n + shared_variable; }
#else
extern int shared_variable;
extern int shared_function(int n);
int (*pointer)(int) = shared_function;
int _start(int n) { return shared_function(n) + shared_variable + pointer(n); }
void finish(void) { }
__attribute__((constructor)) static void before(void) { shared_variable++; }
__attribute__((destructor)) static void after(void) { shared_variable--; }
#endif
