// SPDX-License-Identifier: Apache-2.0

package netif

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// Links makes, keeps and deletes virtual links, with the sysctls that they need.
type Links struct {
	nl     *rtnl
	sys    settings
	watch  *settingWatch        // nil: changes of settings are not told
	owned  map[string]int       // index of what we made or took over, by key
	copies map[int]netip.Prefix // the addresses that we put on them
	save   func(LinkMemory) error
}

// OpenLinks opens the socket.
func OpenLinks() (*Links, error) {
	s, err := dial(0, kernelRcvbuf)
	if err != nil {
		return nil, err
	}
	l := &Links{nl: s, owned: map[string]int{}, copies: map[int]netip.Prefix{}}
	l.watch, _ = newSettingWatch() // the system may have none left: then we look more often
	l.sys = settings{files: &procFiles{watch: l.watch}, was: memory{}, names: map[int]string{}}
	l.save = func(LinkMemory) error { return nil }
	return l, nil
}

// Resume takes over what an earlier process left, and calls save from now on before
// something is changed that a successor must know of.
func (l *Links) Resume(m LinkMemory, save func(LinkMemory) error) {
	l.save = save
	for key, index := range m.Links {
		l.owned[key] = index
	}
	for _, old := range m.Sysctls {
		l.sys.was[old.key()] = old.Value
	}
}

// Close releases the socket and the files.
func (l *Links) Close() error {
	l.sys.files.keep(nil)
	return errors.Join(l.nl.Close(), l.watch.close())
}

// Watch calls changed when somebody writes a setting that Check looks at, until ctx ends.
func (l *Links) Watch(ctx context.Context, changed func()) error {
	if l.watch == nil {
		return nil
	}
	return l.watch.run(ctx, changed)
}

// Memory is what a successor needs now.
func (l *Links) Memory() LinkMemory {
	m := LinkMemory{Links: map[string]int{}, Sysctls: l.sys.was.list()}
	for key, index := range l.owned {
		m.Links[key] = index
	}
	return m
}

// Set brings the wish about: it deletes, makes and changes what is not as wished. What is
// already so costs a look at all links.
func (l *Links) Set(w LinkWish) LinkReport {
	var r LinkReport
	p, err := l.look()
	if err != nil {
		r.Err = fmt.Errorf("read links: %w", err)
		return r
	}
	if r.More = l.deleteStale(&p, assign(&p, w.Links, l.owned), &r); r.More {
		return r
	}
	sites := assign(&p, w.Links, l.owned) // with the names that are free now
	fresh := map[int]bool{}
	for i := range sites {
		if l.make(&p, &sites[i], &r) {
			fresh[sites[i].link.Index] = true
		}
	}
	l.remember(sites, &r)
	l.settings(&p, w, sites, &r)
	for i := range sites {
		l.finish(&p, &sites[i], fresh, &r)
		l.address(&p, &sites[i], w.VIPs, &r)
	}
	return r
}

// Check puts back the settings that somebody has changed since Set. Where there are very many,
// those of our own links are looked at in turn, so that its cost is bounded.
func (l *Links) Check() []SysctlChange { return l.sys.write(l.sys.turn()) }

// look reads all links and addresses. A dump that was interrupted must be read to its end:
// the kernel begins no other before that.
func (l *Links) look() (Picture, error) {
	for tries := 0; ; tries++ {
		if err := l.nl.drain(); err != nil {
			return Picture{}, err
		}
		var p Picture
		err := l.nl.dumpAll(&p)
		if err == nil || tries == 3 {
			return p, err
		}
	}
}

// deleteAtOnce is how many links one Set deletes, so that its caller sees that it goes on.
const deleteAtOnce = 100

// deleteStale deletes what we have and nobody wants any more, and says whether there is more
// of that.
func (l *Links) deleteStale(p *Picture, sites []site, r *LinkReport) (more bool) {
	keys := stale(sites, l.owned)
	if more = len(keys) > deleteAtOnce; more {
		keys = keys[:deleteAtOnce]
	}
	var list []Link
	for _, key := range keys {
		if link, ok := p.ByIndex(l.owned[key]); ok {
			list = append(list, link)
		}
	}
	errs := l.delete(p, list)
	for _, key := range keys {
		link, ok := p.ByIndex(l.owned[key])
		delete(l.owned, key)
		delete(l.copies, link.Index)
		if !ok {
			continue
		}
		err := errs[link.Index]
		r.Done = append(r.Done, LinkDone{Kind: LinkDeleted, Key: key, Name: link.Name, Err: linkErr(err, "delete", link.Name)})
		if err == nil {
			p.dropLink(link.Index, true)
		}
	}
	return more
}

// delete deletes links, and gives the errors by index. For each deletion the kernel waits
// until all processors have seen it, which takes seconds for hundreds of links. As one group
// they cost one such time.
func (l *Links) delete(p *Picture, list []Link) map[int]error {
	if len(list) > 1 && l.deleteTogether(list, freeGroup(p)) == nil {
		return nil
	}
	errs := map[int]error{}
	for _, link := range list {
		if err := l.nl.request(deleteLink(link.Index)); !errors.Is(err, unix.ENODEV) {
			errs[link.Index] = err
		}
	}
	return errs
}

func (l *Links) deleteTogether(list []Link, group uint32) error {
	var reqs []*nl.NetlinkRequest
	for _, link := range list {
		reqs = append(reqs, groupLink(link.Index, group))
	}
	for _, err := range l.nl.requests(reqs) {
		if err != nil && !errors.Is(err, unix.ENODEV) {
			return err
		}
	}
	return l.nl.request(deleteGroup(group))
}

// make makes a link that is missing, and says whether it is new to us.
func (l *Links) make(p *Picture, at *site, r *LinkReport) bool {
	done := at.done(LinkMade, nil)
	done.Name = at.name
	switch {
	case at.there():
		if l.owned[at.want.Key] == at.link.Index {
			return false
		}
		done.Kind, done.Name = LinkFound, at.link.Name
	case at.err != nil:
		done.Err = linkErr(at.err, "make an interface on", at.want.Parent)
	case at.base.Index == 0:
		return false // its parent is missing, which is said elsewhere
	default:
		at.link, done.Err = l.create(at)
		if at.there() {
			p.setLink(at.link)
		}
	}
	r.Done = append(r.Done, done)
	return done.Err == nil
}

// done begins a report about a link.
func (p *site) done(kind LinkChangeKind, err error) LinkDone {
	return LinkDone{kind, p.want.Owner, p.want.Key, p.link.Name, err, p.want.Kind == KindIPVLAN}
}

func (l *Links) create(at *site) (Link, error) {
	if err := l.nl.request(newLink(at)); err != nil {
		return Link{}, linkErr(err, "make", at.name)
	}
	link, err := l.nl.linkNamed(at.name)
	return link, linkErr(err, "find", at.name)
}

// remember tells a successor of the links, and lists them for the caller.
func (l *Links) remember(sites []site, r *LinkReport) {
	r.At = map[string]int{}
	for _, at := range sites {
		if at.there() {
			l.owned[at.want.Key] = at.link.Index
			r.At[at.want.Key] = at.link.Index
		}
	}
}

// settings brings the sysctls about.
func (l *Links) settings(p *Picture, w LinkWish, sites []site, r *LinkReport) {
	clear(l.sys.names)
	for _, link := range p.all() {
		l.sys.names[link.Index] = link.Name
	}
	want := l.wantedSettings(p, w, sites)
	if l.sys.grow(want) || len(r.Done) > 0 {
		r.Err = l.save(l.Memory())
	}
	r.Blind = !l.sys.want(want)
	r.Restored = l.sys.restore()
	r.Changed = l.sys.write(want)
}

func (l *Links) wantedSettings(p *Picture, w LinkWish, sites []site) []Sysctl {
	var own, parents []Sysctl
	ours := map[int]bool{}
	filter := false
	for _, at := range sites {
		if !at.there() {
			continue
		}
		ours[at.link.Index] = true
		own = append(own, ownSettings(at.want, at.link)...)
		parents = append(parents, parentSettings(at.want, at.base)...)
		filter = filter || len(parents) > 0
	}
	list := own
	for _, s := range unique(append(parents, resolve(p, w.Sysctls)...)) {
		if !ours[s.Link] {
			list = append(list, s)
		}
	}
	if filter {
		raised, all := reversePath(p.all(), ours, l.sys.before)
		list = slices.Concat(raised, list, all)
	}
	return list
}

// finish sets a new link up, now that its settings are right, and lets all follow their
// parents into a VRF.
func (l *Links) finish(p *Picture, at *site, fresh map[int]bool, r *LinkReport) {
	if !at.there() {
		return
	}
	if vrf := vrfOf(p, at.base); at.link.Kind == KindMACVLAN && vrf != at.link.Master {
		err := linkErr(l.nl.request(masterLink(at.link.Index, vrf)), "change VRF of", at.link.Name)
		if !fresh[at.link.Index] || err != nil {
			r.Done = append(r.Done, at.done(LinkMoved, err))
		}
	}
	if !fresh[at.link.Index] {
		return
	}
	if err := l.nl.request(upLink(at.link.Index)); err != nil {
		r.Done = append(r.Done, at.done(LinkMade, linkErr(err, "set up", at.link.Name)))
	}
	if at.want.Notify {
		// Nobody waits for it, and the parent may be gone by now.
		_ = l.nl.request(groupLink(at.base.Index, at.base.Group))
	}
}

// address gives a link the address that it is to have of its own.
func (l *Links) address(p *Picture, at *site, vips map[netip.Addr]bool, r *LinkReport) {
	want := at.want.Addr
	if at.want.LinkLocal {
		want, _ = linkLocalOf(p, at.base.Index, vips)
	}
	if !at.there() || !want.IsValid() {
		return
	}
	old := l.copies[at.link.Index]
	if old.IsValid() && old != want {
		_ = l.nl.request(ownAddress(unix.RTM_DELADDR, at.link.Index, old)) // it may be gone
	}
	l.copies[at.link.Index] = want
	if p.Has(Addr{Index: at.link.Index, Prefix: want}) {
		return
	}
	err := l.nl.request(ownAddress(unix.RTM_NEWADDR, at.link.Index, want))
	if err != nil && !errors.Is(err, unix.EEXIST) {
		r.Done = append(r.Done, at.done(LinkMade, linkErr(err, "add "+want.String()+" to", at.link.Name)))
	}
}

// linkErr names the operation and its object.
func linkErr(err error, what, name string) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s %s: %w", what, name, err)
}
