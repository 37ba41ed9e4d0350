// SPDX-License-Identifier: Apache-2.0

// Package page is the status page: one page that shows what the daemon does, live, and
// changes nothing.
//
// The page's files are a part of the program and need nothing from elsewhere. Its numbers
// are made here from what the processes say: what is wrong (wrong.go) comes first, and
// however many servers there are, an answer has only so many of them. Texts of the
// configuration and of servers go into the document as text nodes alone, and the policy
// that is sent with it forbids a browser to run or load anything else.
//
//	/          the page        /state     what is wrong, instances, virtual servers
//	/servers   of one of them  /events    what happens, as a stream
package page
