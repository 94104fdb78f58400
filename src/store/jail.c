/* jail: see jail.h. */
#include "jail.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../base.h"

#if defined(__x86_64__)
#define JAIL_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define JAIL_ARCH AUDIT_ARCH_AARCH64
#endif

static void close_from(int first, int last)
{
    if (first > last)
        return;
    if (syscall(SYS_close_range, (unsigned)first, (unsigned)last, 0u) == 0)
        return;
    /* Before Linux 5.9. */
    int limit = (int)sysconf(_SC_OPEN_MAX);
    for (int fd = first; fd <= last && fd < limit; fd++)
        close(fd);
}

void jail_settle(const int keep[2])
{
    static const int quiet[] = {SIGINT, SIGQUIT, SIGHUP, SIGTSTP, SIGWINCH, SIGPIPE};
    static const int deadly[] = {SIGTERM, SIGSEGV, SIGBUS, SIGFPE, SIGABRT, SIGILL, SIGCHLD};
    int low = MIN(keep[0], keep[1]), high = MAX(keep[0], keep[1]);
    struct rlimit none = {0, 0};
    sigset_t empty;

    die_hook = NULL;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (size_t i = 0; i < ARRAY_LEN(quiet); i++)
        signal(quiet[i], SIG_IGN);
    for (size_t i = 0; i < ARRAY_LEN(deadly); i++)
        signal(deadly[i], SIG_DFL);
    sigemptyset(&empty);
    sigprocmask(SIG_SETMASK, &empty, NULL);
    setrlimit(RLIMIT_CORE, &none);
    int null = open("/dev/null", O_RDWR);
    for (int fd = 0; null >= 0 && fd <= 2; fd++)
        if (fd != keep[0] && fd != keep[1])
            dup2(null, fd);
    close_from(3, low - 1);
    close_from(MAX(low, 2) + 1, high - 1);
    close_from(MAX(high, 2) + 1, INT32_MAX);
}

#ifdef JAIL_ARCH

#define LOAD(member)                                                                               \
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)offsetof(struct seccomp_data, member))
#define ANSWER(action) BPF_STMT(BPF_RET | BPF_K, (action))
#define FAIL(err)      ANSWER(SECCOMP_RET_ERRNO | ((err)&SECCOMP_RET_DATA))
/* The low half of an argument: flags and commands fit in it. */
#define LOW(i) args[i]
/* When the call is nr, fail with err; else go on with the number still loaded. */
#define REFUSE(nr, err) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (nr), 0, 1), FAIL(err)
/* When the call is open (flags in argument i), only to read what is there. */
#define READ_ONLY(nr, i)                                                                           \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (nr), 0, 4), LOAD(LOW(i)),                                 \
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, O_WRONLY | O_RDWR | O_CREAT | O_TRUNC, 0, 1),         \
        FAIL(EROFS), ANSWER(SECCOMP_RET_ALLOW)
#define IS(value, to_match, past) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), to_match, past)

static struct sock_filter filter[] = {
    LOAD(arch),
    IS(JAIL_ARCH, 1, 0),
    ANSWER(SECCOMP_RET_KILL_PROCESS),
    LOAD(nr),
    /* A lock is granted and not taken. */
    IS(SYS_fcntl, 0, 7),
    LOAD(LOW(1)),
    IS(F_SETLK, 4, 0),
    IS(F_SETLKW, 3, 0),
    IS(F_OFD_SETLK, 2, 0),
    IS(F_OFD_SETLKW, 1, 0),
    ANSWER(SECCOMP_RET_ALLOW),
    FAIL(0),
    REFUSE(SYS_flock, 0),
    READ_ONLY(SYS_openat, 2),
    REFUSE(SYS_execve, EPERM),
    REFUSE(SYS_execveat, EPERM),
    REFUSE(SYS_socket, EPERM),
    REFUSE(SYS_ptrace, EPERM),
    REFUSE(SYS_process_vm_writev, EPERM),
    REFUSE(SYS_kill, EPERM),
    REFUSE(SYS_truncate, EROFS),
    REFUSE(SYS_unlinkat, EROFS),
    REFUSE(SYS_renameat2, EROFS),
    REFUSE(SYS_mkdirat, EROFS),
    REFUSE(SYS_linkat, EROFS),
    REFUSE(SYS_symlinkat, EROFS),
    REFUSE(SYS_fchmodat, EROFS),
    REFUSE(SYS_fchownat, EROFS),
    REFUSE(SYS_utimensat, EROFS),
    REFUSE(SYS_openat2, ENOSYS),
#ifdef SYS_open
    READ_ONLY(SYS_open, 1),
    REFUSE(SYS_creat, EROFS),
    REFUSE(SYS_unlink, EROFS),
    REFUSE(SYS_rename, EROFS),
    REFUSE(SYS_renameat, EROFS),
    REFUSE(SYS_mkdir, EROFS),
    REFUSE(SYS_rmdir, EROFS),
    REFUSE(SYS_link, EROFS),
    REFUSE(SYS_symlink, EROFS),
    REFUSE(SYS_chmod, EROFS),
    REFUSE(SYS_chown, EROFS),
#endif
    ANSWER(SECCOMP_RET_ALLOW),
};

bool jail_close(void)
{
    struct sock_fprog program = {.len = ARRAY_LEN(filter), .filter = filter};

    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

#else

bool jail_close(void)
{
    return false;
}

#endif
