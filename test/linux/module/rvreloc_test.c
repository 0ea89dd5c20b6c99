// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The module of a boot test: says where it was put, and where the symbols of
 * the kernel are that its own relocations name, and calls some of the kernel.
 */
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/slab.h>

static int three = 3;
static int *const moved = &three;

static int __init rvreloc_test_init(void)
{
	char *said = kasprintf(GFP_KERNEL, "%d", *READ_ONCE(moved));
	bool right = said && said[0] == '3' && !said[1];

	kfree(said);
	if (!right)
		return -EIO;
	pr_info("rvreloc_test: at %px, rvreloc_test_init\n", rvreloc_test_init);
	pr_info("rvreloc_test: at %px, kernel_map\n", &kernel_map);
	pr_info("rvreloc_test: at %px, kasprintf\n", kasprintf);
	return 0;
}
module_init(rvreloc_test_init);

static void __exit rvreloc_test_exit(void)
{
}
module_exit(rvreloc_test_exit);

MODULE_DESCRIPTION("Shows where it is, and where it finds the kernel");
MODULE_LICENSE("GPL");
