/* What was asked for and is not done: it is when somebody waits, and no sooner. */
#include <stdlib.h>
#include <string.h>

#include "driver.h"

static operation *queue;
static CUresult loss;

void queue_lose(CUresult status) {
  loss = status;
}

bool queue_has(CUcontext context, CUmodule module) {
  for (const operation *at = queue; at; at = at->next) {
    bool of_module = at->kind == LAUNCH && at->launch.function->module == module;
    if (at->context == context && (!module || of_module)) return true;
  }
  return false;
}

/* What has to run before a stream is done: legacy NULL waits for all before it, and all wait for it. */
static void mark_due(CUcontext context, CUstream stream) {
  int count = 0;
  for (operation *at = queue; at; at = at->next) count++;
  operation *in_order[count + 1];
  for (operation *at = queue, **to = in_order; at; at = at->next) *to++ = at;
  bool is_all_due = !stream, is_null_due = false;
  for (int i = count - 1; i >= 0; i--) {
    operation *at = in_order[i];
    bool is_waited_for = is_all_due || at->stream == stream || (is_null_due && !at->stream);
    at->is_due = at->context == context && is_waited_for;
    is_all_due = is_all_due || (at->is_due && !at->stream);
    is_null_due = is_null_due || at->is_due;
  }
}

static CUresult run(operation *what) {
  if (what->kind == LAUNCH) {
    CUresult status = loss;
    loss = CUDA_SUCCESS;
    return status ? status : grid_run(&what->launch);
  }
  allocation *there = memory_find(what->context, what->device, what->size);
  if (!there) {
    book("memory was freed before a copy was done");
    return CUDA_ERROR_ILLEGAL_ADDRESS;
  }
  size_t offset = what->device - there->base;
  size_t from = offset / 4, to = (offset + what->size + 3) / 4;
  for (size_t i = from; i < to; i++) {
    if (what->kind == TO_DEVICE) there->marks[i].written = (mark){1, 0, 0, 0};
    else if (!there->marks[i].written.launch) book("word %zu of a buffer is read and was never written", i);
  }
  if (what->kind == TO_DEVICE) memcpy((void *)what->device, what->host, what->size);
  else memcpy(what->host, (void *)what->device, what->size);
  return CUDA_SUCCESS;
}

/* Runs what the stream, or NULL, waits for. What breaks off takes the context with it. */
CUresult queue_drain(CUcontext context, CUstream stream) {
  mark_due(context, stream);
  memory_open(true);
  for (operation **at = &queue; *at;) {
    operation *what = *at;
    if (!what->is_due) {
      at = &what->next;
      continue;
    }
    if (!context->lost) context->lost = run(what);
    *at = what->next;
    free(what);
  }
  memory_open(false);
  return context->lost;
}

CUresult queue_add(const operation *what) {
  operation **end = &queue;
  while (*end) end = &(*end)->next;
  *end = malloc(sizeof **end);
  **end = *what;
  return CUDA_SUCCESS;
}
