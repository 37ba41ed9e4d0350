// SPDX-License-Identifier: Apache-2.0

// Package conf reads keepalived.conf.
//
// A file passes four stages, each in its own files and each testable alone:
//
//	source          files to logical lines: encoding, comments, includes, @
//	                conditions, $ parameters, ~ sequences (source.go, files.go,
//	                comment.go, include.go, condition.go, define.go, param.go,
//	                builtin.go, sequence.go, list.go); line.go and origin.go know
//	                where each byte comes from, budget.go bounds it all
//	lexer           lines to words: braces, quotes (lexer.go, script.go)
//	tree            lines to nested Nodes, without knowledge of any keyword
//	                (tree.go)
//	decode          Nodes to a draft of the configuration, driven by keyword
//	                tables (table.go, keywords_*.go, values*.go, command.go,
//	                decode*.go, vip.go)
//	check           draft to Config: defaults, in keepalived's order, and
//	                cross-checks (check*.go)
//
// Load runs all four. CheckHost is a fifth step apart from them, because its
// answer depends on the machine: interfaces, users and scripts.
//
// The tables are the single source of what the language is: block, keyword,
// kind and range of the value, default, version, one line of documentation, and
// whether the keyword works, is accepted without effect, or is not supported yet.
//
// Every stage reports into one list and carries on, so that one run names all
// mistakes, and a mistake is named once: an unknown block is skipped whole, and a
// value that could not be read is not complained of again as missing. A
// Diagnostic has a stable code, a place and, where it can, a hint.
//
// The tree, not the text, is what the parent hands to its children: Snapshot
// writes it, FromSnapshot decodes and checks it again. So all processes work from
// the same bytes even if the files change meanwhile.
//
// Around the four stages stand the tools: Lint and LintPair say what keepalived accepts and
// people suffer from (lint*.go), NewPlan compares two Configs (plan*.go), DumpJSON shows one
// (dump.go; both work on the view of view*.go), Format lays out a file (format*.go), PrintJSON
// and PrintSARIF report to other programs (report.go, sarif.go), and Keywords and Codes are what
// the reference pages are made of (reference.go, codes_doc.go).
package conf
