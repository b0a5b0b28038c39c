// A CRM with the types that `openapi-typescript` generated; creates, reads, lists and changes a contact with phones, a
// recurring event and a visit; prints JSON.
import createClient from "openapi-fetch";
import type { paths } from "./schema.js";

declare const process: { argv: string[] };
const [baseUrl, key, day] = process.argv.slice(2) as [string, string, string];
const api = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${key}` } });

function found<T>(answer: { data?: T; error?: unknown }): T {
    if (answer.data === undefined) throw new Error(JSON.stringify(answer.error));
    return answer.data;
}

const made = found(await api.POST("/rest-api/contact/", {
    body: { first_name: "Ana", phones: [{ number: "+12125550187" }] },
}));
const path = { id: made.id };
const renamed = found(await api.PATCH("/rest-api/contact/{id}/", { params: { path }, body: { last_name: "Lopez" } }));
const contact = found(await api.GET("/rest-api/contact/{id}/", { params: { path } }));
const calendar = found(await api.GET("/rest-api/calendar/")).results[0]!;
const creator = found(await api.GET("/rest-api/calendar-user/")).results[0]!;
const event = found(await api.POST("/rest-api/event/", {
    body: {
        title: "Physio", calendar: calendar.url, creator: creator.url, start: `${day}T09:00:00`,
        recurrence: ["RRULE:FREQ=WEEKLY;COUNT=3"],
    },
}));
const ofEvent = { params: { path: { id: event.id } } };
found(await api.PATCH("/rest-api/event/{id}/", { ...ofEvent, body: { title: "Physiotherapy" } }));
const booked = found(await api.POST("/rest-api/appointment/", {
    body: { contact: contact.url, calendar: calendar.url, starts_at: `${day}T15:00:00Z` },
}));
const ofVisit = { params: { path: { id: booked.id } } };
found(await api.PATCH("/rest-api/appointment/{id}/", { ...ofVisit, body: { title: "Cleaning" } }));
const refused = (await api.POST("/rest-api/contact/", { body: { phones: [{ number: "12" }] } })).error;
console.log(JSON.stringify({
    contact: [renamed.last_name, contact.phones?.[0]?.number, found(await api.GET("/rest-api/contact/")).count],
    event: [found(await api.GET("/rest-api/event/{id}/", ofEvent)).title, found(await api.GET("/rest-api/event/")).count],
    visit: [
        found(await api.GET("/rest-api/appointment/{id}/", ofVisit)).title,
        found(await api.GET("/rest-api/appointment/")).results.length,
    ],
    refused: refused && "code" in refused ? refused.code : null,
}));
