// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"fmt"
	"unique"
)

func enterChecker(d *decoder, _ any, n *Node) any {
	c := d.checkers.next()
	c.pos, c.kind = n.Pos, unique.Make(n.Key).Value() // one string for all of a kind
	return c
}

// leaveChecker adds a check to its server if it can be made.
func leaveChecker(d *decoder, parent, draft any, n *Node) {
	r, c := parent.(*realDraft), draft.(*checkerDraft)
	if !d.whole(r, c, n) {
		return
	}
	c.connection(d, r)
	if !c.linkLocal(d, r) {
		r.checkers = append(r.checkers, c)
	}
	for _, h := range c.hosts {
		h.smtp = c.smtp
		if h.connection(d, r); !h.linkLocal(d, r) {
			r.checkers = append(r.checkers, h)
		}
	}
}

// whole says whether a check has what it cannot do without.
func (d *decoder) whole(r *realDraft, c *checkerDraft, n *Node) bool {
	switch n.Key {
	case "HTTP_GET", "SSL_GET":
		return d.wholeHTTP(c, n)
	case "MISC_CHECK":
		return d.wholeMisc(c, n)
	case "FILE_CHECK":
		return d.wholeFile(c, n)
	case "BFD_CHECK":
		return d.wholeBFD(r, c, n)
	case "UDP_CHECK":
		d.replyLengths(c, n)
	case "GRPC_CHECK":
		d.trustWithoutTLS(c, n)
	}
	return true
}

// lacks reports a check that cannot be made.
func (d *decoder) lacks(n *Node, format string, args ...any) bool {
	d.c.add(codeNoCheck, n.Pos, "%s %s; the check is ignored", n.Key, fmt.Sprintf(format, args...))
	return false
}

func (d *decoder) wholeHTTP(c *checkerDraft, n *Node) bool {
	h := httpOf(c)
	switch {
	case len(h.urls) > 0:
		return true
	case h.tried:
		return false // what is wrong with them was said there
	default:
		return d.lacks(n, "has no url")
	}
}

func (d *decoder) wholeMisc(c *checkerDraft, n *Node) bool {
	m := miscOf(c)
	if !m.command.ok {
		return d.lacks(n, "has no misc_path")
	}
	return len(m.command.val.Args) > 0
}

func (d *decoder) wholeFile(c *checkerDraft, n *Node) bool {
	switch f := fileOf(c); {
	case f.file != nil:
		return true
	case f.tried:
		return false
	default:
		return d.lacks(n, "has no track_file")
	}
}

func checkerFile(d *decoder, c *checkerDraft, name string, n *Node) {
	f := fileOf(c)
	f.tried = true
	if f.file = d.draft.trackedFile(name); f.file == nil {
		d.c.addHint(codeUnreachable, n.Args[0].Pos, "define the track_file before it is used", "track_file %s is not defined before this line; the check is ignored", name)
	}
}

func (d *decoder) wholeBFD(r *realDraft, c *checkerDraft, n *Node) bool {
	switch name := c.bfd.val; {
	case !c.bfd.ok && childNamed(n, "name"):
		return false
	case !c.bfd.ok:
		return d.lacks(n, "has no name")
	case !d.draft.hasBFD(name):
		return d.lacks(n, "names bfd_instance %s, which is not defined before it", name)
	}
	for _, other := range r.checkers {
		if other.bfd.ok && other.bfd.val == c.bfd.val {
			return d.lacks(n, "follows bfd_instance %s like the one on line %d", c.bfd.val, other.pos.Line)
		}
	}
	return true
}

// childNamed says whether a block has a line with a keyword.
func childNamed(n *Node, key string) bool {
	for _, c := range n.Children {
		if c.Key == key {
			return true
		}
	}
	return false
}

// replyLengths says that no answer can fit.
func (d *decoder) replyLengths(c *checkerDraft, n *Node) {
	if u := udpOf(c); u.MinLength > u.max.or(defaultMaxReply) {
		d.c.add(codeConflict, n.Pos, "%s: min_reply_length %d is more than max_reply_length %d: every check will fail", n.Key, u.MinLength, u.max.or(defaultMaxReply))
	}
}

// trustWithoutTLS says that there is no certificate to look at.
func (d *decoder) trustWithoutTLS(c *checkerDraft, n *Node) {
	if g := grpcOf(c); !g.TLS && g.Trust != (Trust{}) {
		d.c.addHint(codeConflict, n.Pos, "write tls on", "%s: without tls there is no certificate: verify and its like have no effect", n.Key)
	}
}

// connection drops a source address that the target cannot be reached from.
func (c *checkerDraft) connection(d *decoder, r *realDraft) {
	target := r.addr
	if c.ip.IsValid() {
		target = c.ip
	}
	if c.bind.IsValid() && familyOf(c.bind) != familyOf(target) {
		d.c.add(codeFamily, c.bindPos, "bindto %s is not of the address family of %s; ignored", c.bind, target)
		c.bind = noAddr
	}
}

// linkLocal reports a target that needs an interface and has none.
func (c *checkerDraft) linkLocal(d *decoder, r *realDraft) bool {
	target := r.addr
	if c.ip.IsValid() {
		target = c.ip
	}
	if c.kind == "MISC_CHECK" || c.kind == "FILE_CHECK" || c.kind == "BFD_CHECK" || familyOf(target) == IPv4 ||
		!target.IsLinkLocalUnicast() || c.bindIf != "" {
		return false
	}
	d.c.addHint(codeNoCheck, c.pos, "add bind_if INTERFACE", "%s: the link-local address %s needs a bind_if; the check is ignored", c.kind, target)
	return true
}

func enterSMTPHost(d *decoder, _ any, n *Node) any {
	if d.c.first("old host") {
		d.c.addHint(codeOldBlock, n.Pos, "write one SMTP_CHECK for each host", "host in SMTP_CHECK is deprecated")
	}
	return &checkerDraft{pos: n.Pos, kind: "SMTP_CHECK"}
}

func leaveSMTPHost(_ *decoder, parent, draft any, _ *Node) {
	c := parent.(*checkerDraft)
	c.hosts = append(c.hosts, draft.(*checkerDraft))
}

func enterURL(_ *decoder, parent any, n *Node) any {
	httpOf(parent.(*checkerDraft)).tried = true
	return &urlDraft{pos: n.Pos}
}

// leaveURL adds a page that has a path.
func leaveURL(d *decoder, parent, draft any, n *Node) {
	u := draft.(*urlDraft)
	if !u.path.ok {
		d.c.add(codeDropped, n.Pos, "url has no path; it is ignored")
		return
	}
	if u.regexPos != (Pos{}) && !u.pattern.ok && !childNamed(n, "regex") {
		d.c.add(codeRegex, u.regexPos, "options of a regex without a regex have no effect")
	}
	h := httpOf(parent.(*checkerDraft))
	h.urls = append(h.urls, u)
}
