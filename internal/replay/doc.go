// SPDX-License-Identifier: Apache-2.0

// Package replay compares vipward with recordings of the real keepalived: it plays the same
// configuration and the same events to vipward, in namespaces laid out as they were, and
// compares the log, the frames on the wire, the bytes in the FIFO, the calls of scripts, what the
// kernel has (addresses, routes, rules, links, firewall, sysctls), files of signals and exit
// statuses.
//
// A recording is some files of one name: NAME.conf, NAME.log (lines "---" are what was done),
// NAME.wire (frames, with times), NAME.fifo, NAME.notify, NAME.kernel, NAME.json, NAME.stats;
// NAME.24.* hold what keepalived 2.4.3 did otherwise. What may differ stands in
// testdata/accepted.txt, each with its reason.
package replay
