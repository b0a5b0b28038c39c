"use strict";
const place = document.getElementById("redoc-container");
Redoc.init(place.dataset.schema, { nonce: place.dataset.word }, place);
