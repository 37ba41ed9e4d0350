// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"encoding"
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"time"
)

// view is a part of a Config as names and values, without places and with secrets
// masked. It is what a dump prints and a plan compares: made by reflection, so that a
// field that is added to the Config is never forgotten in either.
type view struct {
	name string // of the field; of an element of a list, what tells it from the others
	kind viewKind
	// scalar is a string, bool, number or nil; only for a leaf.
	scalar any
	// secret is what stands behind a mask. It is compared and never shown.
	secret string
	label  string // of a list: what an element is called
	parts  []view // fields of an object, elements of a list
}

type viewKind uint8

const (
	viewLeaf viewKind = iota
	viewObject
	viewList
)

// viewOf gives the whole configuration.
func viewOf(c *Config) view { return viewer{}.object("", reflect.ValueOf(*c), true) }

// maxViewDepth bounds the nesting; a Config is about six levels deep.
const maxViewDepth = 16

// viewer builds views. Its depth guards against a Config that refers to itself.
type viewer struct{ depth int }

var (
	posType      = reflect.TypeFor[Pos]()
	secretType   = reflect.TypeFor[Secret]()
	durationType = reflect.TypeFor[time.Duration]()
)

// object gives the exported fields of a struct. top says that it is the Config itself,
// whose lists are the home of what others only refer to by name.
func (w viewer) object(name string, v reflect.Value, top bool) view {
	out := view{name: name, kind: viewObject}
	w.depth++
	for i := range v.NumField() {
		f := v.Type().Field(i)
		switch {
		case !f.IsExported() || f.Type == posType || w.depth > maxViewDepth:
		case f.Anonymous && f.Type.Kind() == reflect.Struct:
			out.parts = append(out.parts, w.object("", v.Field(i), top).parts...)
		case f.Type.Kind() == reflect.Slice:
			out.parts = append(out.parts, w.list(v.Type().Name()+"."+f.Name, snake(f.Name), v.Field(i), top))
		default:
			out.parts = append(out.parts, w.value(snake(f.Name), v.Field(i), false))
		}
	}
	return out
}

// list gives a slice; field is its place as "Type.Field".
func (w viewer) list(field, name string, v reflect.Value, home bool) view {
	info := listOf(field, name)
	out := view{name: name, kind: viewList, label: info.label}
	seen := map[string]int{}
	for i := range v.Len() {
		e := w.value("", v.Index(i), home)
		e.name = info.identity(e)
		if seen[e.name]++; seen[e.name] > 1 {
			e.name += fmt.Sprintf(" #%d", seen[e.name])
		}
		out.parts = append(out.parts, e)
	}
	return out
}

// value gives any value. home says that it is defined here: elsewhere, what has a name
// is given by its name.
func (w viewer) value(name string, v reflect.Value, home bool) view {
	if leaf, ok := leafOf(v); ok {
		leaf.name = name
		return leaf
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return view{name: name}
		}
		e := v.Elem()
		if e.Kind() == reflect.Struct && !home {
			if n := e.FieldByName("Name"); n.IsValid() && n.Kind() == reflect.String {
				return view{name: name, scalar: n.String()}
			}
		}
		return w.value(name, e, home)
	case reflect.Struct:
		return w.object(name, v, false)
	case reflect.Slice, reflect.Array:
		return w.list("", name, v, false)
	case reflect.Map:
		return w.table(name, v)
	default:
		return view{name: name, scalar: fmt.Sprint(v.Interface())}
	}
}

// table gives a map, sorted by key.
func (w viewer) table(name string, v reflect.Value) view {
	out := view{name: name, kind: viewObject}
	for _, k := range v.MapKeys() {
		out.parts = append(out.parts, w.value(fmt.Sprint(k.Interface()), v.MapIndex(k), false))
	}
	slices.SortFunc(out.parts, func(a, b view) int { return compareText(a.name, b.name) })
	return out
}

// leafOf gives what is shown as one value: times in seconds, addresses and enumerations
// as text.
func leafOf(v reflect.Value) (view, bool) {
	switch v.Type() {
	case secretType:
		if v.Len() == 0 {
			return view{scalar: ""}, true
		}
		return view{scalar: Secret("").String(), secret: v.String()}, true
	case durationType:
		return view{scalar: time.Duration(v.Int()).Seconds()}, true
	}
	switch x := v.Interface().(type) {
	case netip.Addr:
		return view{scalar: textOrNil(x.IsValid(), x)}, true
	case netip.Prefix:
		return view{scalar: textOrNil(x.IsValid(), x)}, true
	case netip.AddrPort:
		return view{scalar: textOrNil(x.IsValid(), x)}, true
	case encoding.TextMarshaler:
		if b, err := x.MarshalText(); err == nil && v.Kind() != reflect.Pointer {
			return view{scalar: string(b)}, true
		}
	case fmt.Stringer:
		if v.Kind() != reflect.Pointer && v.Kind() != reflect.Struct {
			return view{scalar: x.String()}, true
		}
	}
	return plainLeaf(v)
}

func plainLeaf(v reflect.Value) (view, bool) {
	switch {
	case v.Kind() == reflect.String:
		return view{scalar: v.String()}, true
	case v.Kind() == reflect.Bool:
		return view{scalar: v.Bool()}, true
	case v.CanInt():
		return view{scalar: v.Int()}, true
	case v.CanUint():
		return view{scalar: v.Uint()}, true
	case v.CanFloat():
		return view{scalar: v.Float()}, true
	}
	return view{}, false
}

func textOrNil(ok bool, s fmt.Stringer) any {
	if !ok {
		return nil
	}
	return s.String()
}
