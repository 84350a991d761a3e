Redoc.init("openapi.json", { hideLoading: true, disableSearch: true, expandResponses: "200" }, document.getElementById("redoc"));
