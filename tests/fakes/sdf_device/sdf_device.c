/* A test device that speaks GM/T 0018, strict where real devices are and unkind when told to be.
 *
 * Its memory is that of c_device.h, and pin-N the password of key N (no line end). Answers:
 * other-key, garbage, left (aligned to the left), overrun (writes past the structure), zero;
 * other-public-key for exports, repeating for random numbers.
 */
#include "../c_device.h"

#define BASE 0x01000000
enum {
    OK = 0, NOT_SUPPORTED = BASE + 2, COMM_FAIL = BASE + 3, OPEN_DEVICE = BASE + 5,
    OPEN_SESSION = BASE + 6, NO_RIGHT = BASE + 7, NO_KEY = BASE + 8, SIGN_FAIL = BASE + 0xD,
    STEP = BASE + 0x10, WRONG_PASSWORD = BASE + 0x18, NO_BUFFER = BASE + 0x1C,
    BAD_INPUT = BASE + 0x1D, BAD_OUTPUT = BASE + 0x1E
};
enum { DEVICES = 64, SESSIONS = 64, PADDED = 64 };

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

/* The code for what the fault file asks of this call. */
static int fault(const char *function, Session *session) {
    Fault found = fault_of(function);
    if (found == LOST && session) session->lost = 1;
    return found == BUSY ? NO_BUFFER : found ? COMM_FAIL : OK;
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
    uint8_t xy[2 * FIELD];
    public_point(key, xy);
    memset(out, 0, sizeof *out);
    out->bits = 256;
    memcpy(out->x + PADDED - FIELD, xy, FIELD);
    memcpy(out->y + PADDED - FIELD, xy + FIELD, FIELD);
    return give(session, OK);
}

static int sign(EVP_PKEY *key, const uint8_t *digest, Signature *out) {
    uint8_t raw[2 * FIELD];
    if (!sign_raw(key, digest, raw)) return SIGN_FAIL;
    memset(out, 0, sizeof *out);
    memcpy(out->r + PADDED - FIELD, raw, FIELD);
    memcpy(out->s + PADDED - FIELD, raw + FIELD, FIELD);
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
