/* seccomp: see seccomp.h. */
#include "seccomp.h"

#include <asm/ioctls.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../base.h"

#define R(duty)   (1u << DUTY_##duty)
#define WRITERS   (R(RECORDER) | R(CACHED))
#define EVERYBODY (R(NURSERY) | WRITERS | R(HTTP) | R(VIEWERS) | R(GRAPH))
#define READERS   (WRITERS | R(HTTP) | R(GRAPH))
#define SERVERS   (R(HTTP) | R(VIEWERS))

/* clang-format off */
static const struct allowed {
    unsigned duties;
    const char *names; /* between blanks */
} allowed[] = {
    {EVERYBODY,
     "read write readv writev pread64 pwrite64 preadv pwritev lseek _llseek close "
     "brk mmap mmap2 munmap mremap mprotect madvise "
     "futex futex_time64 set_robust_list get_robust_list rseq sched_yield sched_getaffinity "
     "rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigtimedwait rt_sigsuspend "
     "sigaltstack sigreturn restart_syscall "
     "clock_gettime clock_gettime64 clock_getres clock_getres_time64 clock_nanosleep "
     "clock_nanosleep_time64 gettimeofday nanosleep time "
     "poll ppoll ppoll_time64 select _newselect pselect6 pselect6_time64 "
     "epoll_create1 epoll_create epoll_ctl epoll_wait epoll_pwait eventfd2 eventfd "
     "timerfd_create timerfd_settime timerfd_settime64 signalfd4 pipe pipe2 "
     "getpid getppid gettid getuid geteuid getgid getegid getresuid getresgid getgroups "
     "getuid32 geteuid32 getgid32 getegid32 "
     "getrandom uname sysinfo getrusage times getrlimit prlimit64 ugetrlimit "
     "exit exit_group tgkill fcntl fcntl64 dup dup2 dup3 "
     "fstat fstat64 newfstatat fstatat64 statx fadvise64 fadvise64_64 arm_fadvise64_64 "
     "recvmsg recvfrom recv sendmsg sendto send shutdown set_tid_address set_thread_area "
     "arch_prctl sigprocmask"},
    {SERVERS,
     "accept accept4 getsockname getpeername setsockopt getsockopt socketcall"},
    {R(HTTP), "setpriority listen bind recvmmsg sendmmsg sendfile sendfile64 socketpair"},
    {READERS,
     "stat stat64 lstat lstat64 access faccessat faccessat2 getdents getdents64 readlink "
     "readlinkat getcwd statfs statfs64 fstatfs fstatfs64 flock msync mincore"},
    {WRITERS,
     "mkdir mkdirat rename renameat renameat2 unlink unlinkat rmdir link linkat fsync fdatasync "
     "sync_file_range fallocate ftruncate ftruncate64 truncate chmod fchmod fchmodat utimensat "
     "umask creat inotify_init1 inotify_add_watch inotify_rm_watch"},
    {R(HTTP) | WRITERS | R(NURSERY), "wait4 waitid waitpid kill"},
    {R(HTTP) | WRITERS | R(GRAPH), "setrlimit inotify_init1 inotify_add_watch inotify_rm_watch"},
    /* To draw in a child, and that child confines itself further. */
    {R(HTTP), "fork vfork seccomp close_range prctl"},
    {WRITERS, "fork vfork seccomp close_range prctl"},
    /* To be ended out of a loop, and to give way. */
    {WRITERS, "setitimer setpriority sched_setscheduler ioprio_set"},
    {R(CACHED), "connect"},
};

/* What no duty has a use for, and somebody who got in has. */
static const char never[] =
    "execve execveat ptrace process_vm_readv process_vm_writev process_madvise pidfd_getfd bpf "
    "perf_event_open userfaultfd io_uring_setup io_uring_enter io_uring_register mount umount "
    "umount2 pivot_root chroot move_mount open_tree fsopen fsmount setns unshare init_module "
    "finit_module delete_module kexec_load kexec_file_load reboot swapon swapoff keyctl add_key "
    "request_key acct iopl ioperm modify_ldt open_by_handle_at personality settimeofday "
    "clock_settime adjtimex quotactl sethostname setdomainname mknod mknodat";

/* The user is settled. */
static const char settled[] = "setuid setgid setreuid setregid setresuid setresgid setgroups "
                              "setfsuid setfsgid capset setuid32 setgid32 setreuid32 setregid32 "
                              "setresuid32 setresgid32 setgroups32";
/* clang-format on */

/* One rule for each name in a list; what this architecture does not have is passed over. */
static int add_names(scmp_filter_ctx ctx, uint32_t action, const char *names)
{
    char name[40];
    int used;

    while (sscanf(names, " %39[a-z0-9_]%n", name, &used) == 1) {
        names += used;
        int call = seccomp_syscall_resolve_name(name);
        if (call == __NR_SCMP_ERROR)
            continue;
        int status = seccomp_rule_add(ctx, action, call, 0);
        if (status && status != -EDOM)
            return status;
    }
    return 0;
}

/* A rule for one name whose argument, under a mask, is a value. */
static int add_masked(scmp_filter_ctx ctx, uint32_t action, const char *name, unsigned arg,
                      uint64_t mask, uint64_t value)
{
    int call = seccomp_syscall_resolve_name(name);
    struct scmp_arg_cmp is = {.arg = arg, .op = SCMP_CMP_MASKED_EQ, .datum_a = mask};

    is.datum_b = value;
    if (call == __NR_SCMP_ERROR)
        return 0;
    int status = seccomp_rule_add_array(ctx, action, call, 1, &is);
    return status == -EDOM ? 0 : status;
}

#define WHOLE UINT64_C(0xffffffff)

static int add_opens(scmp_filter_ctx ctx, enum duty duty)
{
    static const struct {
        const char *name;
        unsigned flags;
    } opens[] = {{"open", 1}, {"openat", 2}};
    int status = 0;

    for (size_t i = 0; i < ARRAY_LEN(opens) && !status; i++) {
        if (duty == DUTY_RECORDER || duty == DUTY_CACHED || duty == DUTY_NURSERY)
            status = add_names(ctx, SCMP_ACT_ALLOW, opens[i].name);
        else if (duty != DUTY_VIEWERS)
            status = add_masked(ctx, SCMP_ACT_ALLOW, opens[i].name, opens[i].flags,
                                O_ACCMODE | (O_CREAT | O_TRUNC), O_RDONLY);
        else
            status = add_names(ctx, SCMP_ACT_ERRNO(EACCES), opens[i].name);
    }
    return status;
}

/* Threads where there are any; new namespaces never. clone3 hides its flags behind a pointer: glibc
 * falls back to clone where there is none. */
static int add_clones(scmp_filter_ctx ctx, enum duty duty)
{
    const uint64_t spaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |
                            CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;
    int status = add_names(ctx, SCMP_ACT_ERRNO(ENOSYS), "clone3");

    if (!status && duty != DUTY_VIEWERS && duty != DUTY_GRAPH)
        status = add_masked(ctx, SCMP_ACT_ALLOW, "clone", 0, spaces, 0);
    return status;
}

static int add_arguments(scmp_filter_ctx ctx, enum duty duty)
{
    static const uint64_t ioctls[] = {FIONREAD, FIONBIO, TCGETS, TIOCGWINSZ};
    int status = 0;

    for (size_t i = 0; i < ARRAY_LEN(ioctls) && !status; i++)
        status = add_masked(ctx, SCMP_ACT_ALLOW, "ioctl", 1, WHOLE, ioctls[i]);
    if (!status && (duty == DUTY_VIEWERS || duty == DUTY_GRAPH))
        status = add_masked(ctx, SCMP_ACT_ALLOW, "prctl", 0, WHOLE, PR_SET_NAME);
    /* New sockets: what a listener needs, and nothing that speaks to the kernel's insides. */
    for (int family = 0; family < 2 && !status && duty == DUTY_HTTP; family++)
        status = add_masked(ctx, SCMP_ACT_ALLOW, "socket", 0, WHOLE, family ? AF_INET6 : AF_INET);
    if (!status && duty == DUTY_CACHED)
        status = add_masked(ctx, SCMP_ACT_ALLOW, "socket", 0, WHOLE, AF_UNIX);
    return status;
}

static int build(scmp_filter_ctx ctx, enum duty duty)
{
    int status = add_names(ctx, SCMP_ACT_KILL_PROCESS, never);

    if (!status)
        status = add_names(ctx, SCMP_ACT_KILL_PROCESS, settled);
    for (size_t i = 0; i < ARRAY_LEN(allowed) && !status; i++)
        if (allowed[i].duties & 1u << duty)
            status = add_names(ctx, SCMP_ACT_ALLOW, allowed[i].names);
    if (!status)
        status = add_opens(ctx, duty);
    if (!status)
        status = add_clones(ctx, duty);
    if (!status)
        status = add_arguments(ctx, duty);
    return status;
}

int seccomp_duty(enum duty duty, char message[CONFINE_MESSAGE])
{
    /* It starts children that change their user, so its filter would be theirs in the way. */
    if (duty == DUTY_NURSERY)
        return 0;
    if (SECCOMP_SKIPPED) {
        snprintf(message, CONFINE_MESSAGE,
                 "system calls are not filtered: this is a build with sanitizers");
        return 0;
    }
    scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    if (!ctx) {
        snprintf(message, CONFINE_MESSAGE, "no memory for the filter of system calls");
        return -ENOMEM;
    }
    int status = build(ctx, duty);
    if (!status)
        status = seccomp_load(ctx);
    seccomp_release(ctx);
    /* As libseccomp and the kernel say that there is no such thing. */
    if (status == -ENOSYS || status == -EOPNOTSUPP || (status && prctl(PR_GET_SECCOMP) < 0)) {
        snprintf(message, CONFINE_MESSAGE,
                 "system calls are not filtered: this kernel has no seccomp filter");
        return 0;
    }
    if (status)
        snprintf(message, CONFINE_MESSAGE, "filtering system calls: %s", strerror(-status));
    return status;
}
