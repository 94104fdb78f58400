/*
 * look_input: what keys do while one looks back: step, jump, go from event to event, play, and
 * choose how long a time graphs are of.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../base.h"
#include "screen.h"

static bool jump_accept(struct ui *ui, const char *text, char wrong[PROMPT_WRONG], int direction)
{
    char message[WHEN_MESSAGE];

    if (visit_jump(ui->model.look, text, direction, message))
        return true;
    snprintf(wrong, PROMPT_WRONG, "%.*s", PROMPT_WRONG - 1, message);
    return false;
}

static bool on_accept(struct ui *ui, const char *text, char wrong[PROMPT_WRONG])
{
    return jump_accept(ui, text, wrong, 1);
}

static bool back_accept(struct ui *ui, const char *text, char wrong[PROMPT_WRONG])
{
    return jump_accept(ui, text, wrong, -1);
}

static void jump_ask(struct ui *ui, bool back)
{
    const struct prompt p = {.label = back ? "Back by, or to" : "On by, or to",
                             .accept = back ? back_accept : on_accept};

    prompt_open(ui, &p);
}

static void say_range(struct ui *ui)
{
    char text[LOOK_LENGTH];

    ui_say(ui, "Graphs of %s", visit_range_text(ui->model.look, text));
}

static void play(struct ui *ui)
{
    struct visit *l = ui->model.look;

    if (!visit_play(l, !l->playing))
        ui_say(ui, "This is the last sample; ( goes to the first");
}

static void to_event(struct ui *ui, int direction, bool bad)
{
    ui->to_event = true;
    visit_event(ui->model.look, direction, bad);
}

/* What happened to a domain is what the views are about then. */
static void mark_event(struct ui *ui)
{
    const struct visit *l = ui->model.look;
    size_t others;
    const struct event *ev = look_event_here(l, &others);
    struct table *t = ui_table(ui);

    if (l->found.busy_since_ns || !ev || ev->domid == UNKNOWN)
        return;
    ui->to_event = false;
    ui->subject = (struct row_id){.uuid = ev->uuid, .domid = ev->domid};
    ui->has_subject = true;
    if (t)
        rows_find(&t->rows, model_snapshot(&ui->model), &ui->subject);
}

bool look_act(struct ui *ui, enum action action)
{
    struct visit *l = ui->model.look;

    switch (action) {
    case ACTION_FORWARD: visit_step(l, 1); return true;
    case ACTION_BACK: visit_step(l, -1); return true;
    case ACTION_FORWARD_FAR: visit_step(l, 60); return true;
    case ACTION_BACK_FAR: visit_step(l, -60); return true;
    case ACTION_EVENT_NEXT: to_event(ui, 1, false); return true;
    case ACTION_EVENT_BEFORE: to_event(ui, -1, false); return true;
    case ACTION_BAD_NEXT: to_event(ui, 1, true); return true;
    case ACTION_BAD_BEFORE: to_event(ui, -1, true); return true;
    case ACTION_JUMP: jump_ask(ui, false); return true;
    case ACTION_JUMP_BACK: jump_ask(ui, true); return true;
    case ACTION_PAST_START: visit_ends(l, false); return true;
    case ACTION_PAST_END: visit_ends(l, true); return true;
    case ACTION_WIDER:
        visit_range(l, 1);
        say_range(ui);
        return true;
    case ACTION_NARROWER:
        visit_range(l, -1);
        say_range(ui);
        return true;
    case ACTION_PAUSE: play(ui); return true;
    case ACTION_FASTER:
    case ACTION_SLOWER:
        visit_speed(l, action == ACTION_FASTER ? 1 : -1);
        ui_say(ui, "Plays %gx as fast as it was", l->speed);
        return true;
    case ACTION_DELAY:
    case ACTION_SAMPLE: return true; /* nothing is sampled here */
    default: return false;
    }
}

/* The last event at or before the moment, or the first after it: where a list of them begins. */
size_t look_event_age(const struct ui *ui)
{
    const struct visit *l = ui->model.look;
    const struct events *e = &l->events;
    size_t age = 0;

    while (age + 1 < events_count(e) && visit_when(l, events_get(e, age)) > 0)
        age++;
    return age;
}

void look_take(struct ui *ui)
{
    struct visit *l = ui->model.look;
    bool moved = visit_take(l);
    int status = l->found.status;

    l->found.status = 0;
    if (status == -ENOENT)
        ui_say(ui, "There is no such event further on");
    else if (status == -ENODATA)
        ui_say(ui, "Nothing is recorded there yet");
    else if (status && status != -EAGAIN)
        ui_say(ui, "Reading %s failed: %s", l->past->name, strerror(-status));
    if (moved)
        ui_changed(ui);
    if (ui->to_event)
        mark_event(ui);
}
