// SPDX-License-Identifier: Apache-2.0

// Package oracle asks the real keepalived whether our reading of keepalived.conf is right.
//
// A Generator makes small configurations from the keyword tables: a frame that is in order
// (frames.go), in it a few keywords with values from valid to absurd (values.go), and now
// and then a slip in the text: a brace, a quote, a letter (slips.go). The same seed gives
// the same configurations.
//
// The test runs `keepalived -t` on each in a network namespace and compares: does it
// complain, of the text or of the machine, and with which exit code (verdict.go). Where
// the answers differ on purpose, or the keepalived at hand is known to be wrong, a row of
// known.go says why; anything else is cut down to its shortest form (shrink.go) and fails
// the test.
package oracle
