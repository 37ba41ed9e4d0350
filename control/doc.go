// SPDX-License-Identifier: Apache-2.0

// Package control is the local API of a running daemon, its metrics, and the client that
// the command line uses.
//
// The server runs in the parent process, beside the supervisor. It asks the supervisor
// through a [watchdog.Desk], and through it the children; none of them ever waits for it.
// What a child says is kept for a moment, so that many clients cost as much as one.
//
//	client ── unix socket ── Server ── Desk ── supervisor ── control message ── child
//	scraper ── TCP (opt-in, metrics only) ──┤
//	browser ── TCP (opt-in, the status page only) ──┘
//
// Everything is bounded: connections, headers, bodies, times, and what a listener of events
// may fall behind. The paths are versioned; docs/openapi.yaml describes them.
package control
