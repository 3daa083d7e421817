/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A GSocketConnectable with addresses that the test names, in that order. */
#define SPP_TYPE_TEST_PLACES (spp_test_places_get_type ())

G_DECLARE_FINAL_TYPE (SppTestPlaces, spp_test_places, SPP, TEST_PLACES, GObject)

SppTestPlaces *spp_test_places_new       (void);
void           spp_test_places_add       (SppTestPlaces   *self,
                                          GSocketAddress  *address);

/* A GResolver that knows only what the test tells it. */
#define SPP_TYPE_TEST_RESOLVER (spp_test_resolver_get_type ())

G_DECLARE_FINAL_TYPE (SppTestResolver, spp_test_resolver, SPP, TEST_RESOLVER, GResolver)

/* The name that is being looked up for as long as nobody cancels. */
#define SPP_TEST_SILENT_NAME "silent.example"

SppTestResolver *spp_test_resolver_new         (void);
void             spp_test_resolver_add         (SppTestResolver *self,
                                                const char      *name,
                                                const char      *address);
guint            spp_test_resolver_get_lookups (SppTestResolver *self);

/* A listening socket whose connections are never accepted. */
GSocket         *spp_test_silent_new           (const char      *address,
                                                guint16          port);
/* An address where a connection is neither made nor refused: a listening socket
 * whose queue is full. All of them are in the array. */
GPtrArray       *spp_test_blackhole_new        (const char      *address,
                                                guint16          port);
GSocketAddress  *spp_test_socket_get_address   (GSocket         *socket);

/* A SOCKS5 proxy that makes its connections from SPP_TEST_PROXY_FROM, or NULL
 * if the program for it is not installed. */
#define SPP_TEST_PROXY_AT "127.0.0.77"
#define SPP_TEST_PROXY_FROM "127.0.0.78"

GSubprocess     *spp_test_proxy_start          (const char      *user,
                                                const char      *password,
                                                guint16         *port);
void             spp_test_proxy_stop           (GSubprocess     *proxy);

G_END_DECLS
