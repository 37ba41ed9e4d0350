// SPDX-License-Identifier: Apache-2.0

// Package nft is the firewall's part of a virtual address, in nftables: packets to addresses
// that are not to be accepted are dropped, and what the kernel says on a virtual MAC
// address of its own accord, and must not say there, leaves by the interface below or not
// at all. The tables, chains, sets and rules are those that keepalived 2.4 makes, so that
// tools that look at them go on working.
//
// What the tables are to hold is decided in pure code: Rules to tables (tables.go), two
// states to the steps between them (plan.go). A Firewall is a thin shell over it: each step
// of a change is one transaction of the kernel, so that no packet meets a half-made rule.
package nft
