// SPDX-License-Identifier: Apache-2.0

// Package fake gives real servers that tests and replays can break and repair at will, and
// that note what each client did: plain TCP, HTTP, TLS, SMTP, DNS and UDP. A server runs in the
// network namespace of a lab host.
package fake
