/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs all suites. Check's own variables choose less or say more:
 * CK_RUN_SUITE=field, CK_RUN_CASE, CK_VERBOSITY=verbose, CK_FORK=no.
 */
#include "unit.h"

#include <stdlib.h>

static Suite *(*const suites[])(void) = {
#define SUITE_ROW(name) name##_suite,
	SUITES(SUITE_ROW)
#undef SUITE_ROW
};

int main(void)
{
	SRunner *sr = srunner_create(NULL);
	int failed;

	for (size_t i = 0; i < COUNT_OF(suites); i++)
		srunner_add_suite(sr, suites[i]());
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
