// SPDX-License-Identifier: Apache-2.0

package conf

import "fmt"

func enterServer(d *decoder, _ any, n *Node) any {
	if a, ok := n.arg(0); ok && (a.Text == "fwmark" || a.Text == "group") {
		d.c.add(codeNotSupported, a.Pos, "virtual_server %s is not supported yet; the block is ignored", a.Text)
		return nil
	}
	e, ok := d.endpoint(n)
	if !ok {
		return nil
	}
	s := &serverDraft{pos: n.Pos, addr: e.addr, port: e.port}
	d.draft.servers = append(d.draft.servers, s)
	return s
}

// sameServerFamily says whether an endpoint fits the virtual server.
func (d *decoder) sameServerFamily(s *serverDraft, e endpoint, n *Node) bool {
	if e.addr.Is4() == s.addr.Is4() {
		return true
	}
	d.c.add(codeFamily, n.Args[0].Pos, "%s %s is not of the address family of virtual server %s; ignored", n.Key, e.addr, s.addr)
	return false
}

func enterReal(d *decoder, parent any, n *Node) any {
	s := parent.(*serverDraft)
	e, ok := d.endpoint(n)
	if !ok || !d.sameServerFamily(s, e, n) {
		return nil
	}
	// The method is that which stands before the real server.
	r := &realDraft{pos: n.Pos, addr: e.addr, port: e.port, method: s.method}
	s.reals = append(s.reals, r)
	return r
}

func enterChecker(_ *decoder, parent any, n *Node) any {
	r := parent.(*realDraft)
	c := &checkerDraft{pos: n.Pos, kind: n.Key}
	r.checkers = append(r.checkers, c)
	return c
}

// title names a virtual server in diagnostics.
func (s *serverDraft) title() string {
	return fmt.Sprintf("virtual server %s", endpoint{s.addr, s.port})
}
