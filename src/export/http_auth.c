/* http_auth: see http_auth.h. The only file that knows crypt(3). */
#include "http_auth.h"

#include <crypt.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

#define CREDENTIALS   512 /* bytes of user:password at most */
#define REMEMBERED    64
#define VERIFIED_RATE 4  /* slow verifications a second, in the long run */
#define VERIFIED_MOST 12 /* and at once */

struct credentials {
    char user[AUTH_USER];
    char password[CREDENTIALS];
    size_t user_len, password_len;
};

struct auth {
    pthread_mutex_t lock; /* guards all but crypting */
    struct auth_user *users;
    size_t count;
    uint64_t generation; /* of the users */
    uint64_t key[4];     /* of the digests */
    uint64_t remembered[REMEMBERED][2];
    size_t next;   /* to be overwritten */
    double tokens; /* verifications that may be had at once */
    uint64_t filled_ns;
    pthread_mutex_t crypting; /* one at a time: the sampler wants its core */
    struct crypt_data *crypt;
};

/* ---- what was sent ---- */

static int base64_digit(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* The length, or -1 for what is no base64 or does not fit. */
static int base64(const char *text, char *out, size_t cap)
{
    unsigned bits = 0, have = 0;
    size_t len = 0;

    for (; *text && *text != '='; text++) {
        int digit = base64_digit(*text);
        if (digit < 0 || len == cap)
            return -1;
        bits = bits << 6 | (unsigned)digit;
        have += 6;
        if (have >= 8) {
            have -= 8;
            out[len++] = (char)(bits >> have);
        }
    }
    return text[strspn(text, "=")] || strlen(text) > 2 ? -1 : (int)len;
}

/* "Basic dXNlcjpwYXNz". Without NULs: crypt(3) would end there. */
static bool take(const char *header, struct credentials *c)
{
    char decoded[CREDENTIALS];
    const char *colon;
    int len;

    if (!header || strncasecmp(header, "Basic ", 6) != 0)
        return false;
    header += 6;
    header += strspn(header, " ");
    len = base64(header, decoded, sizeof(decoded) - 1);
    if (len < 1 || memchr(decoded, '\0', (size_t)len))
        return false;
    colon = memchr(decoded, ':', (size_t)len);
    if (!colon || colon == decoded || (size_t)(colon - decoded) >= AUTH_USER)
        return false;
    memset(c, 0, sizeof(*c));
    c->user_len = (size_t)(colon - decoded);
    c->password_len = (size_t)len - c->user_len - 1;
    memcpy(c->user, decoded, c->user_len);
    memcpy(c->password, colon + 1, c->password_len);
    explicit_bzero(decoded, sizeof(decoded));
    return true;
}

/* ---- digests: SipHash-2-4, twice with keys of their own, of lengths and bytes ---- */

static uint64_t rotated(uint64_t x, int by)
{
    return x << by | x >> (64 - by);
}

static void sip_round(uint64_t v[4])
{
    v[0] += v[1], v[1] = rotated(v[1], 13) ^ v[0], v[0] = rotated(v[0], 32);
    v[2] += v[3], v[3] = rotated(v[3], 16) ^ v[2];
    v[0] += v[3], v[3] = rotated(v[3], 21) ^ v[0];
    v[2] += v[1], v[1] = rotated(v[1], 17) ^ v[2], v[2] = rotated(v[2], 32);
}

static uint64_t sip(const uint64_t key[2], const uint64_t *words, size_t count)
{
    uint64_t v[4] = {key[0] ^ UINT64_C(0x736f6d6570736575), key[1] ^ UINT64_C(0x646f72616e646f6d),
                     key[0] ^ UINT64_C(0x6c7967656e657261), key[1] ^ UINT64_C(0x7465646279746573)};

    for (size_t i = 0; i <= count; i++) {
        uint64_t m = i < count ? words[i] : (uint64_t)(count * 8) << 56;
        v[3] ^= m;
        sip_round(v);
        sip_round(v);
        v[0] ^= m;
    }
    v[2] ^= 0xff;
    for (int i = 0; i < 4; i++)
        sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* Under the lock, which guards the key. */
static void digest(const struct auth *a, const struct credentials *c, uint64_t out[2])
{
    uint64_t words[2 + AUTH_USER / 8 + CREDENTIALS / 8] = {c->user_len, c->password_len};

    memcpy(&words[2], c->user, AUTH_USER);
    memcpy(&words[2 + AUTH_USER / 8], c->password, CREDENTIALS);
    out[0] = sip(&a->key[0], words, ARRAY_LEN(words));
    out[1] = sip(&a->key[2], words, ARRAY_LEN(words));
    explicit_bzero(words, sizeof(words));
}

/* Under the lock; looks at all of them whatever it finds. */
static bool remembers(const struct auth *a, const uint64_t d[2])
{
    uint64_t found = 0;

    for (size_t i = 0; i < REMEMBERED; i++) {
        uint64_t differs = (a->remembered[i][0] ^ d[0]) | (a->remembered[i][1] ^ d[1]);
        found |= (uint64_t)(differs == 0);
    }
    return found != 0;
}

/* ---- verdicts ---- */

bool auth_wanted(struct auth *a)
{
    pthread_mutex_lock(&a->lock);
    bool wanted = a->count > 0;
    pthread_mutex_unlock(&a->lock);
    return wanted;
}

/* Under the lock: whether another slow verification may be had now. */
static bool may_verify(struct auth *a)
{
    uint64_t now = clock_mono_ns();

    a->tokens += (double)(now - a->filled_ns) / (double)NS_PER_S * VERIFIED_RATE;
    a->tokens = MIN(a->tokens, (double)VERIFIED_MOST);
    a->filled_ns = now;
    if (a->tokens < 1)
        return false;
    a->tokens -= 1;
    return true;
}

enum auth_verdict auth_check(struct auth *a, const char *header, char user[AUTH_USER])
{
    enum auth_verdict verdict;
    struct credentials c;
    uint64_t d[2];

    user[0] = '\0';
    if (!take(header, &c))
        return AUTH_DENIED;
    memcpy(user, c.user, AUTH_USER);
    pthread_mutex_lock(&a->lock);
    digest(a, &c, d);
    explicit_bzero(&c, sizeof(c));
    if (remembers(a, d))
        verdict = AUTH_GRANTED;
    else
        verdict = may_verify(a) ? AUTH_UNSURE : AUTH_LATER;
    pthread_mutex_unlock(&a->lock);
    return verdict;
}

/* The same time whether they differ early, late or not at all. */
static bool same_hash(const char *x, const char *y)
{
    size_t len = strlen(x);
    unsigned char differs = 0;

    if (len != strlen(y))
        return false;
    for (size_t i = 0; i < len; i++)
        differs |= (unsigned char)(x[i] ^ y[i]);
    return !differs;
}

enum auth_verdict auth_verify(struct auth *a, const char *header, char user[AUTH_USER])
{
    char hash[sizeof(((struct auth_user *)0)->hash)];
    struct credentials c;
    bool known = false, right;
    uint64_t d[2], generation;

    if (!take(header, &c))
        return AUTH_DENIED;
    memcpy(user, c.user, AUTH_USER);
    pthread_mutex_lock(&a->lock);
    digest(a, &c, d);
    generation = a->generation;
    /* Somebody unknown is checked against the first one's, in vain. */
    snprintf(hash, sizeof(hash), "%s", a->count ? a->users[0].hash : "*");
    for (size_t i = 0; i < a->count; i++)
        if (!strcmp(a->users[i].name, c.user)) {
            memcpy(hash, a->users[i].hash, sizeof(hash));
            known = true;
        }
    pthread_mutex_unlock(&a->lock);

    pthread_mutex_lock(&a->crypting);
    /* While this one waited the same may have been verified for somebody else. */
    pthread_mutex_lock(&a->lock);
    right = remembers(a, d) && generation == a->generation;
    pthread_mutex_unlock(&a->lock);
    if (!right) {
        const char *made = crypt_r(c.password, hash, a->crypt);
        right = made && same_hash(made, hash) && known;
    }
    pthread_mutex_lock(&a->lock);
    right = right && generation == a->generation;
    if (right && !remembers(a, d)) {
        memcpy(a->remembered[a->next], d, sizeof(d));
        a->next = (a->next + 1) % REMEMBERED;
    }
    pthread_mutex_unlock(&a->lock);
    explicit_bzero(a->crypt, sizeof(*a->crypt));
    pthread_mutex_unlock(&a->crypting);
    explicit_bzero(&c, sizeof(c));
    return right ? AUTH_GRANTED : AUTH_DENIED;
}

bool auth_is_hash(const char *text)
{
    /* "$2y$10$", 22 characters of salt, 31 of hash. */
    return strlen(text) == 60 && text[0] == '$' && text[1] == '2' && strchr("aby", text[2]) &&
           text[3] == '$' && crypt_checksalt(text) != CRYPT_SALT_INVALID &&
           crypt_checksalt(text) != CRYPT_SALT_METHOD_DISABLED;
}

/* ---- life ---- */

struct auth *auth_new(void)
{
    struct auth *a = xcalloc(1, sizeof(*a));

    a->crypt = xcalloc(1, sizeof(*a->crypt));
    pthread_mutex_init(&a->lock, NULL);
    pthread_mutex_init(&a->crypting, NULL);
    a->tokens = VERIFIED_MOST;
    a->filled_ns = clock_mono_ns();
    auth_set_users(a, NULL, 0);
    return a;
}

void auth_set_users(struct auth *a, const struct auth_user *users, size_t count)
{
    uint64_t random[4 + 2 * REMEMBERED];
    char *at = (char *)random;

    for (size_t got = 0; got < sizeof(random);) {
        ssize_t n = getrandom(at + got, MIN(sizeof(random) - got, (size_t)256), 0);
        if (n > 0)
            got += (size_t)n;
    }
    pthread_mutex_lock(&a->lock);
    free(a->users);
    a->users = xcalloc(count + 1, sizeof(*users));
    if (count)
        memcpy(a->users, users, count * sizeof(*users));
    a->count = count;
    a->generation++;
    /* Places nobody is remembered in hold noise: zeroes would be a digest like any other. */
    memcpy(a->key, random, sizeof(a->key));
    memcpy(a->remembered, random + 4, sizeof(a->remembered));
    pthread_mutex_unlock(&a->lock);
}

void auth_free(struct auth *a)
{
    if (!a)
        return;
    pthread_mutex_destroy(&a->lock);
    pthread_mutex_destroy(&a->crypting);
    free(a->users);
    free(a->crypt);
    free(a);
}
