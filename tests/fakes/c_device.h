/* What the test devices share: a memory that is a folder, faults done once, and a key that signs.
 *
 * The folder is beside the library, named like it with ".d" after it:
 *   key-N      private key N, 64 hex digits               gone       while it is there, nothing works
 *   fault      "FUNCTION KIND" or "any KIND": done once, by whoever removes the file first
 *   answer     how signatures come out                    tries      one byte for each wrong PIN
 *   violations a line for each misuse
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <limits.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { INDEXES = 16, FIELD = 32, SLOW_US = 300000 };
typedef enum { NO_FAULT, GONE, BUSY, LOST } Fault;

static EVP_PKEY *keys[INDEXES + 1];
static pthread_mutex_t table = PTHREAD_MUTEX_INITIALIZER;

static const uint8_t PKCS8[] = {
    0x30, 0x41, 0x02, 0x01, 0x00, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
    0x06, 0x08, 0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x01, 0x82, 0x2d, 0x04, 0x27, 0x30, 0x25, 0x02, 0x01,
    0x01, 0x04, 0x20};

static void path_of(char *out, const char *name) {
    Dl_info self;
    dladdr((void *)path_of, &self);
    snprintf(out, PATH_MAX, "%s.d/%s", self.dli_fname, name);
}

static int read_file(const char *name, char *out, int size) {
    char path[PATH_MAX];
    path_of(path, name);
    FILE *file = fopen(path, "r");
    if (!file) return -1;
    int length = (int)fread(out, 1, (size_t)size - 1, file);
    fclose(file);
    out[length] = 0;
    return length;
}

static void append(const char *name, const char *text) {
    char path[PATH_MAX];
    path_of(path, name);
    FILE *file = fopen(path, "a");
    if (file) { fputs(text, file); fclose(file); }
}

static int misuse(const char *what, int code) {
    append("violations", what);
    append("violations", "\n");
    return code;
}

/* What the fault file asks of this call; the file is used up by exactly one call. */
static Fault fault_of(const char *function) {
    char text[64], name[32], kind[32], path[PATH_MAX];
    path_of(path, "gone");
    if (access(path, F_OK) == 0) return GONE;
    if (read_file("fault", text, sizeof text) < 0) return NO_FAULT;
    if (sscanf(text, "%31s %31s", name, kind) != 2) return NO_FAULT;
    if (strcmp(name, "any") && strcmp(name, function)) return NO_FAULT;
    path_of(path, "fault");
    if (unlink(path)) return NO_FAULT;
    if (!strcmp(kind, "busy")) return BUSY;
    if (!strcmp(kind, "crash")) raise(SIGSEGV);
    if (!strcmp(kind, "hang")) sleep(3600);
    if (!strcmp(kind, "slow")) usleep(SLOW_US);
    return !strcmp(kind, "lost") ? LOST : NO_FAULT;
}

static EVP_PKEY *key_of(uint32_t index) {
    char name[32], hex[2 * FIELD + 2];
    uint8_t der[sizeof PKCS8 + FIELD];
    const uint8_t *at = der;
    if (index < 1 || index > INDEXES) return NULL;
    pthread_mutex_lock(&table);
    if (!keys[index]) {
        snprintf(name, sizeof name, "key-%u", index);
        if (read_file(name, hex, sizeof hex) == 2 * FIELD) {
            memcpy(der, PKCS8, sizeof PKCS8);
            for (int i = 0; i < FIELD; i++) sscanf(hex + 2 * i, "%2hhx", &der[sizeof PKCS8 + i]);
            keys[index] = d2i_AutoPrivateKey(NULL, &at, sizeof der);
        }
    }
    pthread_mutex_unlock(&table);
    return keys[index];
}

/* Sign e, r and s each in 32 bytes, or say that it did not work. */
static int sign_raw(EVP_PKEY *key, const uint8_t *digest, uint8_t *raw) {
    uint8_t der[80];
    size_t length = sizeof der;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
    int done = EVP_PKEY_sign_init(context) == 1 &&
               EVP_PKEY_sign(context, der, &length, digest, FIELD) == 1;
    EVP_PKEY_CTX_free(context);
    if (!done) return 0;
    const uint8_t *at = der + 2;
    memset(raw, 0, 2 * FIELD);
    for (int i = 0; i < 2; i++) {
        int size = at[1];
        const uint8_t *value = at + 2;
        at = value + size;
        for (; size > FIELD; size--) value++;
        memcpy(raw + FIELD * (i + 1) - size, value, (size_t)size);
    }
    return 1;
}

static void public_point(EVP_PKEY *key, uint8_t *xy) {
    uint8_t *der = NULL;
    int length = i2d_PUBKEY(key, &der);
    memcpy(xy, der + length - 2 * FIELD, 2 * FIELD);
    OPENSSL_free(der);
}
