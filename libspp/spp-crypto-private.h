/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define SPP_CRYPTO_SEED_SIZE          32
#define SPP_CRYPTO_SIGN_PUBLIC_SIZE   32
#define SPP_CRYPTO_SIGN_SECRET_SIZE   64
#define SPP_CRYPTO_SIGNATURE_SIZE     64
#define SPP_CRYPTO_X25519_SIZE        32
#define SPP_CRYPTO_KEY_SIZE           32
#define SPP_CRYPTO_NONCE_SIZE         12
#define SPP_CRYPTO_NONCE_KEY_SIZE     16
#define SPP_CRYPTO_TAG_SIZE           16
#define SPP_CRYPTO_DIGEST_SIZE        32

void     spp_crypto_init               (void);
void     spp_crypto_random             (guint8       *bytes,
                                        gsize         size);

/* Ed25519 (RFC 8032) */
void     spp_crypto_sign_keypair       (guint8       public_key[SPP_CRYPTO_SIGN_PUBLIC_SIZE],
                                        guint8       secret_key[SPP_CRYPTO_SIGN_SECRET_SIZE],
                                        const guint8 seed[SPP_CRYPTO_SEED_SIZE]);
gboolean spp_crypto_is_valid_public    (const guint8 public_key[SPP_CRYPTO_SIGN_PUBLIC_SIZE])
                                        G_GNUC_WARN_UNUSED_RESULT;
void     spp_crypto_sign               (guint8       signature[SPP_CRYPTO_SIGNATURE_SIZE],
                                        const guint8 *message,
                                        gsize         length,
                                        const guint8 secret_key[SPP_CRYPTO_SIGN_SECRET_SIZE]);
gboolean spp_crypto_verify             (const guint8 signature[SPP_CRYPTO_SIGNATURE_SIZE],
                                        const guint8 *message,
                                        gsize         length,
                                        const guint8 public_key[SPP_CRYPTO_SIGN_PUBLIC_SIZE])
                                        G_GNUC_WARN_UNUSED_RESULT;

/* X25519 (RFC 7748) */
void     spp_crypto_x25519_public      (guint8       public_key[SPP_CRYPTO_X25519_SIZE],
                                        const guint8 secret[SPP_CRYPTO_X25519_SIZE]);
/* TRUE when a public key is of low order, in whatever form, in the same time. */
gboolean spp_crypto_x25519_is_weak     (const guint8 public_key[SPP_CRYPTO_X25519_SIZE])
                                        G_GNUC_WARN_UNUSED_RESULT;
/* FALSE when @peer is of low order. */
gboolean spp_crypto_x25519_agree       (guint8       shared[SPP_CRYPTO_X25519_SIZE],
                                        const guint8 secret[SPP_CRYPTO_X25519_SIZE],
                                        const guint8 peer[SPP_CRYPTO_X25519_SIZE])
                                        G_GNUC_WARN_UNUSED_RESULT;

/* The X25519 forms of Ed25519 keys; FALSE where a public key has none. A key and
 * its negative have the same. */
gboolean spp_crypto_convert_public     (guint8       x25519[SPP_CRYPTO_X25519_SIZE],
                                        const guint8 public_key[SPP_CRYPTO_SIGN_PUBLIC_SIZE])
                                        G_GNUC_WARN_UNUSED_RESULT;
void     spp_crypto_convert_secret     (guint8       x25519[SPP_CRYPTO_X25519_SIZE],
                                        const guint8 secret_key[SPP_CRYPTO_SIGN_SECRET_SIZE]);

/* The one-step KDF of NIST SP 800-56C with SHA-256 and empty OtherInfo. */
void     spp_crypto_concat_kdf         (guint8       key[SPP_CRYPTO_KEY_SIZE],
                                        const guint8 shared[SPP_CRYPTO_X25519_SIZE]);

void     spp_crypto_sha256             (guint8        digest[SPP_CRYPTO_DIGEST_SIZE],
                                        const guint8 *data,
                                        gsize         length);

/* The first 12 bytes of SipHash-2-4 with 128 bits of output, with @key over
 * @sequence (little-endian). */
void     spp_crypto_derive_nonce       (guint8       nonce[SPP_CRYPTO_NONCE_SIZE],
                                        const guint8 key[SPP_CRYPTO_NONCE_KEY_SIZE],
                                        guint64      sequence);

/* ChaCha20-Poly1305 (RFC 8439) without associated data. @sealed is @length +
 * 16 bytes; @sealed and @plain may be the same memory. */
void     spp_crypto_seal               (guint8       *sealed,
                                        const guint8 *plain,
                                        gsize         length,
                                        const guint8  nonce[SPP_CRYPTO_NONCE_SIZE],
                                        const guint8  key[SPP_CRYPTO_KEY_SIZE]);
gboolean spp_crypto_open               (guint8       *plain,
                                        const guint8 *sealed,
                                        gsize         sealed_length,
                                        const guint8  nonce[SPP_CRYPTO_NONCE_SIZE],
                                        const guint8  key[SPP_CRYPTO_KEY_SIZE])
                                        G_GNUC_WARN_UNUSED_RESULT;

/* The same as the Noise Protocol Framework uses it (its section 12.3): the nonce
 * is four zero bytes and @counter, little-endian. */
void     spp_crypto_noise_seal         (guint8       *sealed,
                                        const guint8 *plain,
                                        gsize         length,
                                        const guint8 *associated,
                                        gsize         associated_length,
                                        guint64       counter,
                                        const guint8  key[SPP_CRYPTO_KEY_SIZE]);
gboolean spp_crypto_noise_open         (guint8       *plain,
                                        const guint8 *sealed,
                                        gsize         sealed_length,
                                        const guint8 *associated,
                                        gsize         associated_length,
                                        guint64       counter,
                                        const guint8  key[SPP_CRYPTO_KEY_SIZE])
                                        G_GNUC_WARN_UNUSED_RESULT;
/* Noise's REKEY: the first 32 bytes of zeros sealed with the counter 2^64 - 1. */
void     spp_crypto_noise_rekey        (guint8        key[SPP_CRYPTO_KEY_SIZE]);
/* Noise's HKDF: RFC 5869 with SHA-256, the chaining key for its salt and no info.
 * @keys gets @n_keys, up to 3, of SPP_CRYPTO_KEY_SIZE bytes each, and may be the
 * memory of @chaining_key. */
void     spp_crypto_noise_hkdf         (guint8       *keys,
                                        guint         n_keys,
                                        const guint8  chaining_key[SPP_CRYPTO_KEY_SIZE],
                                        const guint8 *input,
                                        gsize         length);
/* SHA-256 over two pieces; @digest may be @first. */
void     spp_crypto_sha256_two         (guint8        digest[SPP_CRYPTO_DIGEST_SIZE],
                                        const guint8 *first,
                                        gsize         first_length,
                                        const guint8 *second,
                                        gsize         second_length);

gboolean spp_crypto_equal              (const guint8 *a,
                                        const guint8 *b,
                                        gsize         length) G_GNUC_WARN_UNUSED_RESULT;

/* Strict decoders for key text: FALSE unless @text is exactly @size bytes in
 * that notation. */
gboolean spp_crypto_decode_hex         (guint8       *bytes,
                                        gsize         size,
                                        const char   *text) G_GNUC_WARN_UNUSED_RESULT;
gboolean spp_crypto_decode_base64      (guint8       *bytes,
                                        gsize         size,
                                        const char   *text) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
