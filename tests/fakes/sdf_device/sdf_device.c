/* A test device that speaks GM/T 0018, strict where real devices are and unkind when told to be.
 *
 * Its memory is the folder beside the library, named like it with ".d" after it:
 *   key-N      private key of index N, 64 hex digits      pin-N   its password, no line end
 *   fault      "FUNCTION KIND" or "any KIND": done once, by whoever removes the file first
 *   gone       while it is there, no call works           answer  how signatures come out (below)
 *   tries      one byte for each wrong password           violations  a line for each misuse
 * Kinds of fault: busy, lost (this session), crash, hang, slow. Answers: other-key, garbage, left
 * (aligned to the left), overrun (writes past the structure), zero; other-public-key for exports,
 * repeating for random numbers.
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

#define BASE 0x01000000
enum {
    OK = 0, NOT_SUPPORTED = BASE + 2, COMM_FAIL = BASE + 3, OPEN_DEVICE = BASE + 5,
    OPEN_SESSION = BASE + 6, NO_RIGHT = BASE + 7, NO_KEY = BASE + 8, SIGN_FAIL = BASE + 0xD,
    STEP = BASE + 0x10, WRONG_PASSWORD = BASE + 0x18, NO_BUFFER = BASE + 0x1C,
    BAD_INPUT = BASE + 0x1D, BAD_OUTPUT = BASE + 0x1E
};
enum { INDEXES = 16, DEVICES = 64, SESSIONS = 64, FIELD = 32, PADDED = 64, SLOW_US = 300000 };

typedef struct { uint32_t bits; uint8_t x[PADDED], y[PADDED]; } PublicKey;
typedef struct { uint8_t r[PADDED], s[PADDED]; } Signature;
typedef struct {
    uint8_t issuer[40], name[16], serial[16];
    uint32_t version, standard, asymmetric[2], symmetric, hash, buffer;
} DeviceInfo;

typedef struct { int open, sessions; } Device;
typedef struct { int open, lost; uint32_t rights; Device *device; pthread_mutex_t used; } Session;

static Device devices[DEVICES];
static Session sessions[SESSIONS];
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
static int fault(const char *function, Session *session) {
    char text[64], name[32], kind[32], path[PATH_MAX];
    path_of(path, "gone");
    if (access(path, F_OK) == 0) return COMM_FAIL;
    if (read_file("fault", text, sizeof text) < 0) return OK;
    if (sscanf(text, "%31s %31s", name, kind) != 2) return OK;
    if (strcmp(name, "any") && strcmp(name, function)) return OK;
    path_of(path, "fault");
    if (unlink(path)) return OK;
    if (!strcmp(kind, "busy")) return NO_BUFFER;
    if (!strcmp(kind, "crash")) raise(SIGSEGV);
    if (!strcmp(kind, "hang")) sleep(3600);
    if (!strcmp(kind, "slow")) usleep(SLOW_US);
    if (!strcmp(kind, "lost") && session) session->lost = 1;
    return !strcmp(kind, "lost") ? COMM_FAIL : OK;
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

/* Take a session for the length of a call: alive, of an open device, and used by one thread. */
static int take(void *handle, const char *function, Session **out) {
    Session *session = handle;
    if (session < sessions || session >= sessions + SESSIONS || !session->open)
        return misuse("a call with no open session", BAD_INPUT);
    if (pthread_mutex_trylock(&session->used))
        return misuse("two threads in one session", STEP);
    int code = fault(function, session);
    if (!code && session->lost) code = COMM_FAIL;
    if (code) { pthread_mutex_unlock(&session->used); return code; }
    *out = session;
    return OK;
}

static int give(Session *session, int code) {
    pthread_mutex_unlock(&session->used);
    return code;
}

int SDF_OpenDevice(void **out) {
    if (!out) return misuse("OpenDevice without a place for the handle", BAD_OUTPUT);
    int code = fault("OpenDevice", NULL);
    if (code) return code == COMM_FAIL ? OPEN_DEVICE : code;
    pthread_mutex_lock(&table);
    code = OPEN_DEVICE;
    for (int i = 0; i < DEVICES && code; i++)
        if (!devices[i].open) { devices[i] = (Device){1, 0}; *out = &devices[i]; code = OK; }
    pthread_mutex_unlock(&table);
    return code;
}

int SDF_CloseDevice(void *handle) {
    Device *device = handle;
    if (device < devices || device >= devices + DEVICES || !device->open)
        return misuse("CloseDevice of no open device", BAD_INPUT);
    if (device->sessions) return misuse("CloseDevice before its sessions", STEP);
    device->open = 0;
    return OK;
}

int SDF_OpenSession(void *handle, void **out) {
    Device *device = handle;
    if (device < devices || device >= devices + DEVICES || !device->open)
        return misuse("OpenSession of no open device", BAD_INPUT);
    int code = fault("OpenSession", NULL);
    if (code) return code == COMM_FAIL ? OPEN_SESSION : code;
    pthread_mutex_lock(&table);
    code = OPEN_SESSION;
    for (int i = 0; i < SESSIONS && code; i++)
        if (!sessions[i].open) {
            sessions[i] = (Session){1, 0, 0, device, PTHREAD_MUTEX_INITIALIZER};
            device->sessions++;
            *out = &sessions[i];
            code = OK;
        }
    pthread_mutex_unlock(&table);
    return code;
}

int SDF_CloseSession(void *handle) {
    Session *session = handle;
    if (session < sessions || session >= sessions + SESSIONS || !session->open)
        return misuse("CloseSession of no open session", BAD_INPUT);
    pthread_mutex_lock(&table);
    session->device->sessions--;
    session->open = 0;
    pthread_mutex_unlock(&table);
    return OK;
}

#ifndef WITHOUT_INFO
int SDF_GetDeviceInfo(void *handle, DeviceInfo *out) {
    Session *session;
    int code = take(handle, "GetDeviceInfo", &session);
    if (code) return code;
    memset(out, 0, sizeof *out);
    memset(out->issuer, 'Q', sizeof out->issuer); /* fills its field: no end of text */
    memcpy(out->name, "TEST-DEVICE", 11);
    memcpy(out->serial, "2026110100000001", 16);
    out->version = 0x0103;
    out->standard = 1;
    return give(session, OK);
}
#endif

#ifndef WITHOUT_RANDOM
int SDF_GenerateRandom(void *handle, uint32_t length, uint8_t *out) {
    Session *session;
    char answer[64] = "";
    int code = take(handle, "GenerateRandom", &session);
    if (code) return code;
    read_file("answer", answer, sizeof answer);
    memset(out, 7, length);
    if (!strcmp(answer, "repeating")) return give(session, OK);
    return give(session, RAND_bytes(out, (int)length) == 1 ? OK : BASE + 0x17);
}
#endif

int SDF_GetPrivateKeyAccessRight(void *handle, uint32_t index, uint8_t *password, uint32_t length) {
    Session *session;
    char name[32], pin[256];
    int code = take(handle, "GetPrivateKeyAccessRight", &session);
    if (code) return code;
    if (!key_of(index)) return give(session, NO_KEY);
    snprintf(name, sizeof name, "pin-%u", index);
    int right = read_file(name, pin, sizeof pin);
    if (!password || right != (int)length || memcmp(pin, password, length)) {
        append("tries", "x");
        return give(session, WRONG_PASSWORD);
    }
    session->rights |= 1u << index;
    return give(session, OK);
}

#ifndef WITHOUT_RELEASE
int SDF_ReleasePrivateKeyAccessRight(void *handle, uint32_t index) {
    Session *session;
    int code = take(handle, "ReleasePrivateKeyAccessRight", &session);
    if (code) return code;
    if (!(session->rights & 1u << index))
        return give(session, misuse("a right released that was not taken", STEP));
    session->rights &= ~(1u << index);
    return give(session, OK);
}
#endif

int SDF_ExportSignPublicKey_ECC(void *handle, uint32_t index, PublicKey *out) {
    Session *session;
    char answer[64] = "";
    int code = take(handle, "ExportSignPublicKey_ECC", &session);
    if (code) return code;
    read_file("answer", answer, sizeof answer);
    EVP_PKEY *key = key_of(strcmp(answer, "other-public-key") ? index : INDEXES);
    if (!key) return give(session, NO_KEY);
    uint8_t *der = NULL;
    int length = i2d_PUBKEY(key, &der);
    memset(out, 0, sizeof *out);
    out->bits = 256;
    memcpy(out->x + PADDED - FIELD, der + length - 2 * FIELD, FIELD);
    memcpy(out->y + PADDED - FIELD, der + length - FIELD, FIELD);
    OPENSSL_free(der);
    return give(session, OK);
}

static int sign(EVP_PKEY *key, const uint8_t *digest, Signature *out) {
    uint8_t der[80];
    size_t length = sizeof der;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
    int done = EVP_PKEY_sign_init(context) == 1 &&
               EVP_PKEY_sign(context, der, &length, digest, FIELD) == 1;
    EVP_PKEY_CTX_free(context);
    if (!done) return SIGN_FAIL;
    uint8_t *half[] = {out->r, out->s};
    const uint8_t *at = der + 2;
    memset(out, 0, sizeof *out);
    for (int i = 0; i < 2; i++) {
        int size = at[1];
        const uint8_t *value = at + 2;
        at = value + size;
        for (; size > FIELD; size--) value++;
        memcpy(half[i] + PADDED - size, value, (size_t)size);
    }
    return OK;
}

static void spoil(const char *answer, Signature *out) {
    if (!strcmp(answer, "garbage")) RAND_bytes((uint8_t *)out, sizeof *out);
    if (!strcmp(answer, "zero")) memset(out, 0, sizeof *out);
    if (!strcmp(answer, "overrun")) memset(out, 1, sizeof *out + 64);
    if (!strcmp(answer, "left")) {
        memmove(out->r, out->r + FIELD, FIELD);
        memmove(out->s, out->s + FIELD, FIELD);
        memset(out->r + FIELD, 0, FIELD);
        memset(out->s + FIELD, 0, FIELD);
    }
}

int SDF_InternalSign_ECC(void *handle, uint32_t index, uint8_t *data, uint32_t length,
                         Signature *out) {
    Session *session;
    char answer[64] = "";
    int code = take(handle, "InternalSign_ECC", &session);
    if (code) return code;
    if (!data || length != FIELD)
        return give(session, misuse("a digest that has not 32 bytes", BAD_INPUT));
    if (!out) return give(session, misuse("no place for the signature", BAD_OUTPUT));
    if (!(session->rights & 1u << index)) return give(session, NO_RIGHT);
    read_file("answer", answer, sizeof answer);
    EVP_PKEY *key = key_of(strcmp(answer, "other-key") ? index : INDEXES);
    if (!key) return give(session, NO_KEY);
    code = sign(key, data, out);
    spoil(answer, out);
    return give(session, code);
}
