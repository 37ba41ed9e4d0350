// SPDX-License-Identifier: Apache-2.0

// Package replayipvs compares vipward with recordings of the real keepalived's IPVS side: it
// plays the same configuration and the same events to vipward in the lab kernel, and compares
// the table after each event, the order of the commands to the kernel, the log, what checked
// servers saw, the records in the FIFOs and the scripts that ran. Package replay does so for VRRP.
//
// A recording is some files of one name: NAME.conf and NAME.2.conf and on for each reload,
// NAME.log and NAME.table, in which lines "## " tell what was done or which table follows,
// NAME.wire (what servers, scripts and readers saw), NAME.netlink (the commands to the kernel)
// and NAME.times (when); NAME.227.* hold what
// keepalived 2.2.7 did otherwise than 2.4.3. What may differ stands in testdata/accepted.txt,
// each with its reason.
package replayipvs
