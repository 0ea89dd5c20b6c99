/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * strip -g keeps the records of what is loaded, and the file can be moved as before.
 *
 * @arch  rv64imac rv32imac
 * @flags -g
 * @link  ld ld-plain lld19
 * @post  ${CROSS}strip -g
 */
int value = 3;
int *pointer = &value;
int _start(void) { return *pointer; }
