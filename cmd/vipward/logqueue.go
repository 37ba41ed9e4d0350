// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	// queueLength is how many lines may wait: a take-over of hundreds of instances
	// writes some thousand at once, most of them details.
	queueLength = 8192
	// flushLimit bounds the wait for the queue at exit: a reader that is stuck must
	// not keep the daemon alive.
	flushLimit = 2 * time.Second
)

// entry is one log line on its way.
type entry struct {
	when     time.Time
	severity int
	detail   bool // may be lost first
	text     string
}

// logWriter is a place for log lines.
type logWriter interface{ write(entry) }

// flusher is a logWriter that keeps lines until flush.
type flusher interface{ flush() }

// logQueue passes lines to writers that may block. post never does: when the queue is
// full, or half full for a detail, the line is dropped, and the loss is reported as soon as
// there is room.
type logQueue struct {
	writers []logWriter
	entries chan entry
	dropped atomic.Int64
	closing chan struct{}
	drained chan struct{}
	group   errgroup.Group
}

func newLogQueue(length int, writers ...logWriter) *logQueue {
	q := &logQueue{
		writers: writers,
		entries: make(chan entry, length),
		closing: make(chan struct{}),
		drained: make(chan struct{}),
	}
	q.group.Go(q.run)
	return q
}

func (q *logQueue) post(e entry) {
	if e.detail && 2*len(q.entries) >= cap(q.entries) {
		q.dropped.Add(1)
		return
	}
	select {
	case q.entries <- e:
	default:
		q.dropped.Add(1)
	}
}

// run writes until close, and then what is left.
func (q *logQueue) run() error {
	defer close(q.drained)
	for {
		select {
		case e := <-q.entries:
			q.write(e)
		case <-q.closing:
			q.drain()
			return nil
		}
	}
}

func (q *logQueue) drain() {
	for {
		select {
		case e := <-q.entries:
			q.write(e)
		default:
			return
		}
	}
}

func (q *logQueue) write(e entry) {
	for _, w := range q.writers {
		w.write(e)
	}
	defer q.flush()
	n := q.dropped.Swap(0)
	if n == 0 {
		return
	}
	lost := entry{when: time.Now(), severity: severityWarning, text: fmt.Sprintf("%d log lines were lost: the log could not keep up", n)}
	for _, w := range q.writers {
		w.write(lost)
	}
}

// flush lets writers write what they keep, unless more lines are waiting.
func (q *logQueue) flush() {
	if len(q.entries) > 0 {
		return
	}
	for _, w := range q.writers {
		if f, ok := w.(flusher); ok {
			f.flush()
		}
	}
}

// close writes what is left, but does not wait for ever. It is called once; lines that
// come later are dropped.
func (q *logQueue) close() {
	close(q.closing)
	t := time.NewTimer(flushLimit)
	defer t.Stop()
	select {
	case <-q.drained:
	case <-t.C:
	}
}
