/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "spp-error.h"

/**
 * spp_error_quark:
 *
 * Gets the domain of the errors of libspp; C has %SPP_ERROR for it.
 *
 * Returns: the domain
 *
 * Since: 0.1
 */
G_DEFINE_QUARK (spp-error-quark, spp_error)
